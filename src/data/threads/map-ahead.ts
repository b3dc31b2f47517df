/**
 * Applies `work` to the items, up to `depth` at a time, and yields the results in the items' order. Leaving
 * the loop early starts no further work and ends a stream of items. Failures of work still in progress are
 * then ignored.
 * @param depth >= 1
 */
export async function* mapAhead<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  work: (item: T) => Promise<R>,
  depth: number,
): AsyncGenerator<R, void, undefined> {
  const running: Promise<R>[] = [];
  for await (const item of items) {
    const result = work(item);
    result.catch(() => {});
    running.push(result);
    if (running.length >= depth) yield await (running.shift() as Promise<R>);
  }
  while (running.length > 0) yield await (running.shift() as Promise<R>);
}
