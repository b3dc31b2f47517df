import { firstLine } from '../errors/first-line.ts';
import { foreignError } from '../errors/out-of-memory-error.ts';

/**
 * The part of an error that names ONNX Runtime's source file, with the function: only its name, as in
 * `slice.cc:153 FillVectorsFromInput `, or its signature, as in
 * `/x/graph.cc:12 void onnxruntime::Graph::Load(const Model&) const `.
 */
const sourcePlace =
  /[^\s:]*\.(?:cc|cpp|hpp|h):\d+ (?:(?:[\w:<>*&~,]+ ){0,6}?[\w:~<>]+::(?:operator\(\)|[\w~]+)\([^)]*\)(?: const)?(?: \[with [^\]]*\])? |\w+(?:::\w+)* )?/g;
/** The prefix of a nested error. */
const nestedPrefix = /\[ONNXRuntimeError\] : \d+ : [A-Z_]+ : /g;
/** Limit on the characters that are processed: an error may quote names in the file, of any length. */
const maxCharacters = 2000;

/** Wraps an error of ONNX Runtime: `WHAT: its first line`, as an `OutOfMemoryError` if it is about memory. */
export function ortError(what: string, cause: unknown): Error {
  const said = firstLine(cause).slice(0, maxCharacters).replace(nestedPrefix, '').replace(sourcePlace, '');
  return foreignError(said, `${what}: ${said}`, { cause });
}
