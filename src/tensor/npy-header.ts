/**
 * The header of a .npy file, read as strictly as by `numpy.lib.format`: a Python literal, a dict with exactly
 * the keys `descr`, `fortran_order` and `shape`. Of Python's literals only those that occur in headers are
 * parsed: text, True, False, whole numbers, tuples, lists.
 */
export interface NpyHeader {
  /** The element type, such as `<f4`. */
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Offset of the elements, in bytes. */
  readonly end: number;
}

type Literal = string | boolean | number | Sequence | Dict;
interface Sequence {
  readonly kind: 'tuple' | 'list';
  readonly items: readonly Literal[];
}
interface Dict {
  readonly kind: 'dict';
  readonly pairs: readonly (readonly [Literal, Literal])[];
}

const keys = ['descr', 'fortran_order', 'shape'];

/** NumPy's limit on a header, in bytes. */
const longest = 10_000;

/** NumPy's limit on axes. */
const mostAxes = 64;

/** @throws when the bytes do not begin with a complete header of format 1.0, 2.0 or 3.0 */
export function readNpyHeader(bytes: Uint8Array): NpyHeader {
  const [major, minor] = bytes.subarray(6, 8);
  if (![1, 2, 3].includes(major) || minor !== 0) {
    throw new Error(`format version ${major}.${minor} of .npy is not known, only 1.0 to 3.0`);
  }
  const start = major === 1 ? 10 : 12;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < start) throw new Error('the file is cut short within its header');
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > longest) throw new Error(`the header has ${length} bytes, more than the limit of ${longest}`);
  const end = start + length;
  if (bytes.length < end) throw new Error('the file is cut short within its header');
  const text = new TextDecoder(major === 3 ? 'utf-8' : 'latin1').decode(bytes.subarray(start, end));
  return { ...fields(parseLiteral(text)), end };
}

function fields(header: Literal): Omit<NpyHeader, 'end'> {
  if (typeof header !== 'object' || header.kind !== 'dict') throw new Error('the header is not a dict');
  const found = header.pairs.map(([key]) => (typeof key === 'string' ? key : show(key))).sort();
  if (String(found) !== String(keys)) {
    throw new Error(`the header has the keys ${found.join(', ') || 'none'}; it needs ${keys.join(', ')}`);
  }
  const value = Object.fromEntries(header.pairs) as Record<string, Literal>;
  const { descr, fortran_order, shape } = value;
  if (typeof descr !== 'string') {
    throw new Error(
      `elements of several fields (a structured array, ${show(descr)}) are not read; save one field`,
    );
  }
  if (typeof fortran_order !== 'boolean') {
    throw new Error(`fortran_order must be True or False, got ${show(fortran_order)}`);
  }
  const axes = typeof shape === 'object' && shape.kind === 'tuple' ? shape.items : undefined;
  if (!axes?.every((axis) => Number.isSafeInteger(axis)) || axes.length > mostAxes) {
    throw new Error(`shape must be a tuple of at most ${mostAxes} whole numbers, got ${show(shape)}`);
  }
  return { descr, fortranOrder: fortran_order, shape: axes as number[] };
}

/** The value as a Python literal, shortened. */
function show(value: Literal): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return String(value);
  if (value.kind === 'dict') return '{...}';
  const items = value.items.slice(0, 4).map(show).join(', ');
  return value.kind === 'list' ? `[${items}]` : `(${items})`;
}

// Python 2 writes whole numbers with an L.
const token = /\s*(?:'([^'\\\n]*)'|"([^"\\\n]*)"|(True|False)\b|(\d+)L?\b|([{}()[\]:,]))/y;

function parseLiteral(text: string): Literal {
  let at = 0;
  const fail = (): never => {
    throw new Error(`the header is not a Python literal: ${JSON.stringify(text.trim().slice(0, 80))}`);
  };
  const next = (): RegExpExecArray => {
    token.lastIndex = at;
    const found = token.exec(text) ?? fail();
    at = token.lastIndex;
    return found;
  };
  const peek = (mark: string): boolean => {
    const before = at;
    const is = next()[5] === mark;
    at = before;
    return is;
  };
  const expect = (mark: string): void => {
    if (next()[5] !== mark) fail();
  };
  /** Reads items separated by commas up to a closing bracket, and whether there was a comma. */
  const until = <T>(close: string, read: () => T): { items: T[]; comma: boolean } => {
    const items: T[] = [];
    let comma = false;
    while (!peek(close)) {
      if (items.length > 0 && !comma) fail();
      items.push(read());
      comma = peek(',');
      if (comma) next();
    }
    expect(close);
    return { items, comma: comma || items.length > 1 };
  };
  const read = (depth: number): Literal => {
    const [, single, double, truth, digits, mark] = next();
    if (single !== undefined || double !== undefined) return single ?? double;
    if (truth !== undefined) return truth === 'True';
    if (digits !== undefined) return Number(digits);
    if (depth > 8) fail();
    const inner = (): Literal => read(depth + 1);
    if (mark === '{') {
      const pair = (): [Literal, Literal] => {
        const key = inner();
        expect(':');
        return [key, inner()];
      };
      return { kind: 'dict', pairs: until('}', pair).items };
    }
    if (mark === '[') return { kind: 'list', items: until(']', inner).items };
    if (mark !== '(') return fail();
    const { items, comma } = until(')', inner);
    return items.length === 1 && !comma ? items[0] : { kind: 'tuple', items };
  };
  const value = read(0);
  return text.slice(at).trim() === '' ? value : fail();
}
