/** Parses pictures and parameters in JSON: pictures are in base64. */
import { type Content, formLimits, imageField, mostPictures } from './form.ts';
import { Problem } from './problem.ts';

/** Parameters whose lists are joined by commas; other lists repeat the parameter. */
const joined: readonly string[] = ['outputs'];

/**
 * `{"image": "..."}`, or `{"image": ["...", ...]}`, with parameters as texts, numbers or lists of these.
 * @throws Problem 400 when it is not JSON, 422 when it has no picture, or a value that is not allowed
 */
export function readJson(bytes: Uint8Array): Content {
  const { [imageField]: given, ...parameters } = parse(bytes);
  if (given === undefined) throw new Problem(422, `the JSON needs '${imageField}': a picture in base64`);
  const isList = Array.isArray(given);
  const texts: readonly unknown[] = isList ? given : [given];
  if (texts.length === 0 || texts.length > mostPictures) {
    throw new Problem(422, `'${imageField}' must have 1 to ${mostPictures} pictures, got ${texts.length}`);
  }
  checkCount(Object.values(parameters));
  const fields = Object.entries(parameters).flatMap(([name, value]) => pairsOf(name, value));
  return { images: texts.map(decodeBase64), isList, fields };
}

function parse(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new Problem(400, 'the body is not valid JSON');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new Problem(422, `the JSON must be an object with an '${imageField}', {"${imageField}": "..."}`);
}

function decodeBase64(text: unknown): Uint8Array {
  if (typeof text !== 'string') {
    throw new Problem(
      422,
      `'${imageField}' must be a text in base64, or a list of these, got ${kindOf(text)}`,
    );
  }
  const isUrl = /^data:/i.test(text);
  const head = isUrl ? /^data:[^,]{0,200};base64,/i.exec(text)?.[0] : '';
  if (head === undefined) {
    throw new Problem(422, `'${imageField}': a data URL must be in base64, data:image/png;base64,...`);
  }
  const content = text.slice(head.length);
  // Of either base64 alphabet; white space is allowed.
  if (!/^[\w+/-][\w+/\s-]*(?:=\s*){0,2}$/.test(content)) {
    throw new Problem(422, `'${imageField}' is not in base64`);
  }
  return new Uint8Array(Buffer.from(content, 'base64'));
}

/** The same limits as for a form: later checks process each parameter. */
function checkCount(values: readonly unknown[]): void {
  const count = values.reduce((sum: number, value) => sum + (Array.isArray(value) ? value.length : 1), 0);
  if (count > formLimits.fields) {
    throw new Problem(422, `parameters have at most ${formLimits.fields} values, got ${count}`);
  }
}

function pairsOf(name: string, value: unknown): (readonly [string, string])[] {
  if (name.length > formLimits.fieldNameSize) {
    throw new Problem(422, `a parameter's name has at most ${formLimits.fieldNameSize} characters`);
  }
  const all: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (all.length === 0 && !joined.includes(name)) throw new Problem(422, `${name}: the list is empty`);
  const values = all.map((one) => {
    if (typeof one !== 'string' && typeof one !== 'number') {
      throw new Problem(422, `${name}: a text, a number or a list of these is needed, got ${kindOf(one)}`);
    }
    const text = String(one);
    if (text.length <= formLimits.fieldSize) return text;
    throw new Problem(422, `${name}: a value has at most ${formLimits.fieldSize} characters`);
  });
  if (joined.includes(name)) return [[name, values.join(',')]];
  return values.map((one) => [name, one] as const);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
