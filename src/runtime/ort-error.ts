import { firstLine } from '../errors/first-line.ts';
import { foreignError } from '../errors/out-of-memory-error.ts';

/** An error of ours for one of ONNX Runtime's: `WHAT: its first line`, an `OutOfMemoryError` where it speaks of memory. */
export function ortError(what: string, cause: unknown): Error {
  const said = firstLine(cause);
  return foreignError(said, `${what}: ${said}`, { cause });
}
