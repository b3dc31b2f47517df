import { setImmediate } from 'node:timers/promises';

/**
 * Passes values on until the signal arrives.
 * @throws the signal's reason
 */
export async function* until<T>(
  signal: AbortSignal,
  source: AsyncIterable<T>,
): AsyncGenerator<T, void, undefined> {
  for await (const value of source) {
    await setImmediate(); // signals are handled between batches
    signal.throwIfAborted();
    yield value;
  }
}
