import { setImmediate } from 'node:timers/promises';

/** The same values, until the signal comes: then its reason is thrown. */
export async function* until<T>(
  signal: AbortSignal,
  source: AsyncIterable<T>,
): AsyncGenerator<T, void, undefined> {
  for await (const value of source) {
    await setImmediate(); // signals are heard between batches
    signal.throwIfAborted();
    yield value;
  }
}
