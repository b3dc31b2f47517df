import { firstLine } from '../errors/first-line.ts';
import { foreignError } from '../errors/out-of-memory-error.ts';

/** Where in ONNX Runtime's source an error comes from, and the function's signature: `/x/graph.cc:12 void Graph::Load(const Model&) `. */
const itsSource = /\S*\.(?:cc|cpp|h|hpp):\d+ (?:[^()]*\([^)]*\)(?: const)?|\w+) /g;
/** Of an error within an error. */
const itsCode = /\[ONNXRuntimeError\] : \d+ : [A-Z_]+ : /g;

/** An error of ours for one of ONNX Runtime's: `WHAT: its first line`, an `OutOfMemoryError` where it speaks of memory. */
export function ortError(what: string, cause: unknown): Error {
  const said = firstLine(cause).replace(itsCode, '').replace(itsSource, '');
  return foreignError(said, `${what}: ${said}`, { cause });
}
