import { firstLine } from '../errors/first-line.ts';
import { foreignError } from '../errors/out-of-memory-error.ts';

/**
 * Where in ONNX Runtime's source an error comes from, with the function: its name alone, as in `slice.cc:153 FillVectorsFromInput `, or its
 * signature, as in `/x/graph.cc:12 void onnxruntime::Graph::Load(const Model&) const `.
 */
const itsSource =
  /[^\s:]*\.(?:cc|cpp|hpp|h):\d+ (?:(?:[\w:<>*&~,]+ ){0,6}?[\w:~<>]+::(?:operator\(\)|[\w~]+)\([^)]*\)(?: const)?(?: \[with [^\]]*\])? |\w+(?:::\w+)* )?/g;
/** Of an error within an error. */
const itsCode = /\[ONNXRuntimeError\] : \d+ : [A-Z_]+ : /g;
/** Letters that are looked at: it repeats names of the file, which may be of any length. */
const mostLetters = 2000;

/** An error of ours for one of ONNX Runtime's: `WHAT: its first line`, an `OutOfMemoryError` where it speaks of memory. */
export function ortError(what: string, cause: unknown): Error {
  const said = firstLine(cause).slice(0, mostLetters).replace(itsCode, '').replace(itsSource, '');
  return foreignError(said, `${what}: ${said}`, { cause });
}
