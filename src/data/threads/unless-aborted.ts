/** What a promise gives, unless the signal comes first: then its reason is thrown, and nobody waits for the promise any more. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  promise.catch(() => {});
  let stop = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop);
  });
  try {
    signal.throwIfAborted();
    return await Promise.race([promise, aborted]);
  } catch (error) {
    // The work may have been ended for it, and fail in words of its own.
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** The same values; while one is waited for, the signal may come: then its reason is thrown. */
export async function* eachUnlessAborted<T>(
  values: AsyncIterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void, undefined> {
  const source = values[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await unlessAborted(source.next(), signal);
      if (done) return;
      yield value;
    }
  } finally {
    // It ends when what it waits for is there; nobody waits for that.
    source.return?.()?.catch(() => {});
  }
}
