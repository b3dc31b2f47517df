/**
 * A dimension of a shape. A number is known when the graph is built; a string is known when the graph runs,
 * and is a multiple of a named size: `N`, `H/16`, `2*W`. Multiples are enough: every layer that changes a
 * size halves or doubles it.
 */
export type Dim = number | string;
export type Shape = readonly Dim[];

const pattern = /^(?:(\d+)\*)?([A-Za-z_]\w*)(?:\/(\d+))?$/;

/**
 * `dim * numerator / denominator`, in lowest terms.
 * @throws when a number would not stay whole, or a name is malformed
 */
export function scaleDim(dim: Dim, numerator: number, denominator: number): Dim {
  if (
    !Number.isInteger(numerator) ||
    !(numerator >= 1) ||
    !Number.isInteger(denominator) ||
    !(denominator >= 1)
  ) {
    throw new Error(`Dimension: whole factors >= 1 are needed, got ${numerator} / ${denominator}`);
  }
  if (typeof dim === 'number') {
    const scaled = (dim * numerator) / denominator;
    if (!Number.isInteger(scaled))
      throw new Error(`Dimension: ${dim} * ${numerator} is not divisible by ${denominator}`);
    return scaled;
  }
  const match = pattern.exec(dim);
  if (!match) throw new Error(`Dimension: a symbolic size looks like N, H/16 or 2*W, got '${dim}'`);
  const top = Number(match[1] ?? 1) * numerator;
  const bottom = Number(match[3] ?? 1) * denominator;
  const divisor = gcd(top, bottom);
  return `${top === divisor ? '' : `${top / divisor}*`}${match[2]}${bottom === divisor ? '' : `/${bottom / divisor}`}`;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** The shape as numbers. @throws when a dimension is known only at run time. */
export function staticShape(shape: Shape, what: string): readonly number[] {
  if (shape.some((dim) => typeof dim === 'string')) {
    throw new Error(`internal: ${what} needs a shape known when the graph is built, got [${shape}]`);
  }
  return shape as readonly number[];
}

/**
 * The shape of an element-wise result, by NumPy's broadcasting.
 * @throws when two dimensions differ and neither is 1
 */
export function broadcastShapes(op: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) throw new Error(`${op}: shapes [${a}] and [${b}] do not broadcast`);
    return x === 1 ? y : x;
  });
}

/** Whether two shapes are the same, dimension by dimension. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

/**
 * An axis, which may be negative, as an index from 0.
 * @throws when it lies outside the shape
 */
export function normalizeAxis(op: string, axis: number, rank: number): number {
  const index = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || index < 0 || index >= rank) {
    throw new Error(`${op}: axis ${axis} is outside a shape of rank ${rank}`);
  }
  return index;
}
