import { firstLine } from './first-line.ts';

/**
 * An engine or a library reported that memory is short, such as ONNX Runtime, as it loads or runs a model.
 * A smaller `size` may do.
 * @example
 * ```ts
 * import { OutOfMemoryError } from 'high-res-mapping';
 *
 * // Stands for `explain(model, picture, { size })` on a machine with little memory.
 * const explainAt = async (size = 320) => {
 *   if (size > 1000) throw new OutOfMemoryError('out of memory');
 *   return size;
 * };
 * const size = await explainAt(1280).catch((error) => {
 *   if (error instanceof OutOfMemoryError) return explainAt(640);
 *   throw error;
 * });
 * console.log(size); //=> 640
 * ```
 */
export class OutOfMemoryError extends Error {
  /** Identifies it where the class is lost, as between a page and its worker. */
  override readonly name = 'OutOfMemoryError';
}

/** Words of browsers, and of ONNX Runtime in them. */
const words = /out of memory|memory access|allocat|array buffer|bad_alloc|invalid array length|\boom\b/i;

/**
 * Wraps an error of an engine or a library: an `OutOfMemoryError` if it is about memory, else a plain one.
 * @param said its own text
 * @param message of the new error
 */
export function foreignError(said: string, message: string, options?: ErrorOptions): Error {
  return words.test(said) ? new OutOfMemoryError(message, options) : new Error(message, options);
}

/**
 * Whether memory was short. Errors of the engine itself, with names such as `RangeError`, are recognised by
 * their text. This project's errors are named `Error`; their text is ignored, since it may contain a file's
 * name.
 */
export function isOutOfMemory(error: unknown): boolean {
  const name = error instanceof Error ? error.name : '';
  if (name === 'OutOfMemoryError' || name === 'RangeError') return true;
  return name !== 'Error' && words.test(firstLine(error));
}
