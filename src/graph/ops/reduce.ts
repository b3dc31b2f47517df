/** What ReduceSum and ReduceMean share. */
import { normalizeAxis, type Shape } from '../dim.ts';
import { integersOf, type Value, type ValueType } from '../graph.ts';
import type { BatchSplit, RuleNode } from '../operator.ts';

export type ReduceAttributes = { readonly keepdims: number };

export function inferReduce(
  op: string,
  [x, axes]: readonly Value[],
  { keepdims }: ReduceAttributes,
): ValueType[] {
  const reduced = integersOf(op, 'the axes', axes).map((axis) => normalizeAxis(op, axis, x.shape.length));
  const shape: Shape = keepdims
    ? x.shape.map((dim, i) => (reduced.includes(i) ? 1 : dim))
    : x.shape.filter((_, i) => !reduced.includes(i));
  return [{ dtype: x.dtype, shape }];
}

/** The shape with the reduced axes kept as 1: what a gradient must have to broadcast back. */
export function keptShape(x: Value, axes: readonly number[]): Shape {
  return x.shape.map((dim, i) => (axes.includes(i) ? 1 : dim));
}

/** A reduction along the batch takes the sum or mean of those of the parts; any other is one part after the other. */
export function splitReduce(op: string, { inputs }: RuleNode, along: 'sum' | 'mean'): BatchSplit {
  const alongBatch = integersOf(op, 'the axes', inputs[1]).includes(0);
  return { parted: [true, false], joins: alongBatch ? along : 'concat' };
}
