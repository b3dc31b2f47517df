/** Work done ahead of its consumer, in order and within bounds. */

/**
 * Applies `work` to the items, up to `depth` of them at a time, and yields the results in the items' order.
 * Leaving the loop early starts no further work; failures of work nobody waits for any more are dropped.
 */
export async function* mapAhead<T, R>(
  items: Iterable<T>,
  work: (item: T) => Promise<R>,
  depth: number,
): AsyncGenerator<R, void, undefined> {
  const running: Promise<R>[] = [];
  for (const item of items) {
    const result = work(item);
    result.catch(() => {});
    running.push(result);
    if (running.length >= depth) yield await (running.shift() as Promise<R>);
  }
  while (running.length > 0) yield await (running.shift() as Promise<R>);
}

/**
 * The same values as `source` yields, which is asked for up to `depth` of them before they are needed.
 * Leaving the loop early closes the source once what is under way is done.
 */
export async function* prefetch<T>(
  source: AsyncGenerator<T, void, undefined>,
  depth: number,
): AsyncGenerator<T, void, undefined> {
  const asked: Promise<IteratorResult<T, void>>[] = [];
  const ask = (): void => {
    const result = source.next();
    result.catch(() => {});
    asked.push(result);
  };
  try {
    for (let i = 0; i < depth; i++) ask();
    while (true) {
      const result = await (asked.shift() as Promise<IteratorResult<T, void>>);
      if (result.done) return;
      ask();
      yield result.value;
    }
  } finally {
    source.return().catch(() => {});
  }
}
