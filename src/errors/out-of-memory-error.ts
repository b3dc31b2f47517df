import { firstLine } from './first-line.ts';

/** There is not enough memory: an engine or a library said so. */
export class OutOfMemoryError extends Error {
  /** Tells it from others where the class is lost, as between a page and its worker. */
  override readonly name = 'OutOfMemoryError';
}

/** As browsers, and ONNX Runtime in them, put it. */
const words = /out of memory|memory access|allocat|array buffer|bad_alloc|invalid array length|\boom\b/i;

/**
 * An error of ours for what an engine or a library said: an `OutOfMemoryError` where it speaks of memory, else a plain one.
 * @param said its own text
 * @param message that of the error
 */
export function foreignError(said: string, message: string, options?: ErrorOptions): Error {
  return words.test(said) ? new OutOfMemoryError(message, options) : new Error(message, options);
}

/**
 * Whether there was not enough memory. Errors that an engine throws itself are read, too: they have names such as `RangeError`. Ours are
 * called `Error`, and their text, which may hold a file's name, is not read.
 */
export function isOutOfMemory(error: unknown): boolean {
  const name = error instanceof Error ? error.name : '';
  if (name === 'OutOfMemoryError' || name === 'RangeError') return true;
  return name !== 'Error' && words.test(firstLine(error));
}
