/** What reductions share: the sum, mean, largest element, ... over some axes. */
import { normalizeAxis, type Shape, staticShape } from '../dim.ts';
import { integersOf, type Value, type ValueType } from '../graph.ts';
import type { Attributes, BatchSplit, RuleNode } from '../operator.ts';
import type { Builders } from './index.ts';
import { checkKnown, numberOf } from './read-attributes.ts';

export type ReduceAttributes = {
  readonly keepdims: number;
  /** 1: a node without axes reduces nothing. Left out: it reduces all. */
  readonly noop_with_empty_axes?: number;
};

export const reduceAttributes = { keepdims: 'int', noop_with_empty_axes: 'int' } as const;

export function readReduce(op: string, given: Attributes): ReduceAttributes {
  checkKnown(op, given, ['keepdims', 'noop_with_empty_axes']);
  return {
    keepdims: numberOf(op, given, 'keepdims') ?? 1,
    noop_with_empty_axes: numberOf(op, given, 'noop_with_empty_axes') || undefined,
  };
}

export function inferReduce(op: string, inputs: readonly Value[], attributes: ReduceAttributes): ValueType[] {
  const [x] = inputs;
  const reduced = reducedAxes(op, inputs, attributes);
  const shape: Shape = attributes.keepdims
    ? keptShape(x, reduced)
    : x.shape.filter((_, i) => !reduced.includes(i));
  return [{ dtype: x.dtype, shape }];
}

/** The axes that a node reduces: those of its second input, else all. */
export function reducedAxes(
  op: string,
  [x, axes]: readonly (Value | undefined)[],
  { noop_with_empty_axes }: ReduceAttributes,
): readonly number[] {
  const { shape } = x as Value;
  const named = axes ? integersOf(op, 'the axes', axes) : [];
  if (named.length > 0) return named.map((axis) => normalizeAxis(op, axis, shape.length));
  return noop_with_empty_axes ? [] : [...shape.keys()];
}

/** The shape of x with length 1 along the reduced axes: the shape from which a gradient broadcasts back. */
export function keptShape(x: Value, axes: readonly number[]): Shape {
  return x.shape.map((dim, i) => (axes.includes(i) ? 1 : dim));
}

/** A result, or its gradient, with length 1 along the reduced axes. */
export function withKeptAxes(
  op: string,
  { inputs, attributes }: RuleNode<ReduceAttributes>,
  value: Value,
  o: Builders,
): Value {
  const [x] = inputs;
  if (attributes.keepdims) return value;
  const shape = keptShape(x, reducedAxes(op, inputs, attributes));
  return o.reshape(value, staticShape(shape, `gradient of ${op}`));
}

/** The gradient of a largest or smallest element: dy where x equals it, shared equally among ties. */
export function shareAmongTies(op: string, node: RuleNode<ReduceAttributes>, dy: Value, o: Builders): Value {
  const [x] = node.inputs;
  const [y, given] = [node.outputs[0], dy].map((value) => withKeptAxes(op, node, value, o));
  const chosen = o.cast(o.equal(x, y), 'float32');
  const ties = o.reduceSum(chosen, reducedAxes(op, node.inputs, node.attributes), true);
  return o.mul(chosen, o.div(given, ties));
}

/**
 * How a reduction is split along the batch: if it reduces the batch, by the sum or mean of the parts'
 * results; else the results are concatenated.
 */
export function splitReduce(
  op: string,
  { inputs, attributes }: RuleNode<ReduceAttributes>,
  along: 'sum' | 'mean',
): BatchSplit {
  const alongBatch = reducedAxes(op, inputs, attributes).includes(0);
  return { isSplit: inputs.map((_, i) => i === 0), joins: alongBatch ? along : 'concat' };
}
