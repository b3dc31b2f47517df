/** The promise's result. If the signal aborts first, its reason is thrown and the promise is ignored. */
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
    // Aborted work may fail with an error of its own.
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** The same values. If the signal aborts while one is awaited, its reason is thrown. */
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
    // The source ends after its pending value. Nothing waits for that.
    source.return?.()?.catch(() => {});
  }
}
