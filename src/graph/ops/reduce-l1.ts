import { normalizeAxis } from '../dim.ts';
import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferReduce, type ReduceAttributes, readReduce, reduceAttributes, withKeptAxes } from './reduce.ts';

/** y = sum |x| over the axes;  dx = dy sign(x) */
export const ReduceL1: Operator<ReduceAttributes> = {
  type: 'ReduceL1',
  inputs: [1, 2],
  optionalInputs: [1],
  attributes: reduceAttributes,
  read: (given) => readReduce('ReduceL1', given),
  infer: (inputs, attributes) => inferReduce('ReduceL1', inputs, attributes),
  gradient: (node, [dy], o) => {
    const [x, ...rest] = node.inputs;
    const sign = o.sub(o.isPositive(x), o.isPositive(o.neg(x)));
    return [o.mul(withKeptAxes('ReduceL1', node, dy, o), sign), ...rest.map(() => undefined)];
  },
};

/** Sum of absolute values over the axes, which are removed unless `keepdims`. */
export function reduceL1(x: Value, axes: readonly number[], keepdims = false): Value {
  const normalized = axes.map((axis) => normalizeAxis('ReduceL1', axis, x.shape.length));
  return x.graph.add(ReduceL1, [x, x.graph.integers(normalized)], { keepdims: Number(keepdims) })[0];
}
