import { normalizeAxis } from '../dim.ts';
import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferReduce, type ReduceAttributes, readReduce, reduceAttributes, withKeptAxes } from './reduce.ts';

/** y = sqrt(sum x^2) over the axes;  dx = dy x / y, 0 where y = 0 */
export const ReduceL2: Operator<ReduceAttributes> = {
  type: 'ReduceL2',
  inputs: [1, 2],
  optionalInputs: [1],
  attributes: reduceAttributes,
  read: (given) => readReduce('ReduceL2', given),
  infer: (inputs, attributes) => inferReduce('ReduceL2', inputs, attributes),
  gradient: (node, [dy], o) => {
    const [x, ...rest] = node.inputs;
    const [y, given] = [node.outputs[0], dy].map((value) => withKeptAxes('ReduceL2', node, value, o));
    const [zero, one] = [x.graph.scalar(0), x.graph.scalar(1)];
    const norm = o.where(o.equal(y, zero), one, y);
    return [o.mul(x, o.div(given, norm)), ...rest.map(() => undefined)];
  },
};

/** Euclidean norm over the axes, which are removed unless `keepdims`. */
export function reduceL2(x: Value, axes: readonly number[], keepdims = false): Value {
  const normalized = axes.map((axis) => normalizeAxis('ReduceL2', axis, x.shape.length));
  return x.graph.add(ReduceL2, [x, x.graph.integers(normalized)], { keepdims: Number(keepdims) })[0];
}
