import { normalizeAxis } from '../dim.ts';
import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferReduce, type ReduceAttributes, readReduce, reduceAttributes, withKeptAxes } from './reduce.ts';

/** y = log sum e^x over the axes;  dx = dy e^(x - y) */
export const ReduceLogSumExp: Operator<ReduceAttributes> = {
  type: 'ReduceLogSumExp',
  inputs: [1, 2],
  optionalInputs: [1],
  attributes: reduceAttributes,
  read: (given) => readReduce('ReduceLogSumExp', given),
  infer: (inputs, attributes) => inferReduce('ReduceLogSumExp', inputs, attributes),
  gradient: (node, [dy], o) => {
    const [x, ...rest] = node.inputs;
    const [y, given] = [node.outputs[0], dy].map((value) => withKeptAxes('ReduceLogSumExp', node, value, o));
    return [o.mul(given, o.exp(o.sub(x, y))), ...rest.map(() => undefined)];
  },
};

/** Logarithm of the sum of e^x over the axes, which are removed unless `keepdims`. */
export function reduceLogSumExp(x: Value, axes: readonly number[], keepdims = false): Value {
  const normalized = axes.map((axis) => normalizeAxis('ReduceLogSumExp', axis, x.shape.length));
  return x.graph.add(ReduceLogSumExp, [x, x.graph.integers(normalized)], { keepdims: Number(keepdims) })[0];
}
