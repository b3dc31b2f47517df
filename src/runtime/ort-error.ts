import { firstLine } from '../errors/first-line.ts';
import { foreignError } from '../errors/out-of-memory-error.ts';

/** Of an error within an error. */
const innerSource = /\[ONNXRuntimeError\] : \d+ : [A-Z_]+ : (?:\S+\.(?:cc|h):\d+ \S+ )?/;
/** Where in ONNX Runtime's source an error comes from, with the function's signature: `/onnxruntime_src/.../graph.cc:12 void onnxruntime::Graph::F(...) `. */
const ownSource = /^\S*\.(?:cc|cpp|h|hpp):\d+ .*?\) (?:const )?(?=\S)/;

/** An error of ours for one of ONNX Runtime's: `WHAT: its first line`, an `OutOfMemoryError` where it speaks of memory. */
export function ortError(what: string, cause: unknown): Error {
  const said = firstLine(cause).replace(ownSource, '').replace(innerSource, '');
  return foreignError(said, `${what}: ${said}`, { cause });
}
