import { type Dim, type Shape, staticShape } from '../dim.ts';
import { integersOf, type Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { checkKnown, numberOf } from './read-attributes.ts';

/** `allowzero` 1: a 0 in the shape is a length, not a dimension to keep. Left out: 0. */
type Attributes = { readonly allowzero?: number };

/** y = x under another shape;  dx = dy under the shape of x */
export const Reshape: Operator<Attributes> = {
  type: 'Reshape',
  inputs: [2, 2],
  attributes: { allowzero: 'int' },
  read: (given) => {
    checkKnown('Reshape', given, ['allowzero']);
    return { allowzero: numberOf('Reshape', given, 'allowzero') || undefined };
  },
  infer: ([x, shape], { allowzero }) => {
    const target = integersOf('Reshape', 'the shape', shape);
    if (allowzero && target.includes(0)) throw new Error(`Reshape: [${target}] has no elements`);
    return [{ dtype: x.dtype, shape: inferShape(x.shape, target) }];
  },
  gradient: ({ inputs: [x] }, [dy], o) => [
    o.reshape(dy, staticShape(x.shape, 'gradient of Reshape')),
    undefined,
  ],
  splitBatch: ({ outputs: [y] }) => ({
    isSplit: [true, false],
    partInputs: ([x], length) => [
      x,
      x.graph.integers([length, ...staticShape(y.shape.slice(1), 'part of Reshape')]),
    ],
  }),
  memory: 'view',
};

/**
 * The new shape: 0 keeps the dimension at that position, and -1 (at most once) is computed from the number of
 * elements.
 */
function inferShape(from: Shape, target: readonly number[]): Shape {
  const misfit = `Reshape: [${from}] does not become [${target}]`;
  const isSound = target.every((dim, i) => dim > 0 || dim === -1 || (dim === 0 && i < from.length));
  if (!isSound || target.filter((dim) => dim === -1).length > 1) throw new Error(misfit);
  const shape: Dim[] = target.map((dim, i) => (dim === 0 ? from[i] : dim));
  // Symbolic dimensions must all be kept: then they cancel, and the numbers alone decide.
  const symbols = (dims: Shape): string => dims.filter((dim) => typeof dim === 'string').join();
  const count = (dims: Shape): number =>
    dims.reduce<number>((n, dim) => (typeof dim === 'number' ? n * dim : n), 1);
  const free = shape.indexOf(-1);
  if (free >= 0) shape[free] = count(from) / -count(shape);
  if (
    symbols(from) !== symbols(shape) ||
    count(from) !== count(shape) ||
    !Number.isInteger(shape[free] ?? 1)
  ) {
    throw new Error(misfit);
  }
  return shape;
}

/**
 * The same elements in another shape: 0 keeps the dimension at that position, -1 (at most once) is computed.
 */
export function reshape(x: Value, shape: readonly number[]): Value {
  return x.graph.add(Reshape, [x, x.graph.integers(shape)], {})[0];
}
