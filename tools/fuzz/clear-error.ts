/** The rule for errors: one line that a user can act on. */
import { firstLine } from '../../src/errors/first-line.ts';
import { Broken } from './kind.ts';

/** Words of engines and libraries that occur in errors not written for users. */
const internals =
  /Cannot (read|set|convert|destructure|access)|is not (a function|iterable|defined|a constructor)|Maximum call stack|Invalid (typed )?array|Invalid array buffer|outside the bounds|out of bounds|out of range index|undefined|\[object |internal:|ONNXRuntime|ORT_|vips|sharp|linear:|unreachable/i;
/** Limit on the characters of a readable error. */
const mostLetters = 700;
const engine = ['TypeError', 'ReferenceError', 'RangeError', 'EvalError', 'URIError'];

/** What is wrong with a thrown value; undefined: it is a clear error. */
export function faultOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return `no Error was thrown: ${String(thrown)}`;
  if (thrown instanceof Broken) return `a wrong answer: ${thrown.message}`;
  const text = firstLine(thrown);
  if (text.trim() === '') return 'an error without a message';
  if (text.length > mostLetters) return `an error of ${text.length} letters: ${text.slice(0, 100)}`;
  const said = text.match(internals)?.[0];
  if (said !== undefined) return `an error in the words of a library ('${said}'): ${text}`;
  if (engine.includes(thrown.name) && thrown.stack?.includes(`${thrown.name}: `))
    return `${thrown.name}: ${text}`;
  return undefined;
}
