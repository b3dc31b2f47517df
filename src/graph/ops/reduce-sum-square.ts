import { normalizeAxis } from '../dim.ts';
import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferReduce, type ReduceAttributes, readReduce, reduceAttributes, withKeptAxes } from './reduce.ts';

/** y = sum x^2 over the axes;  dx = 2 dy x */
export const ReduceSumSquare: Operator<ReduceAttributes> = {
  type: 'ReduceSumSquare',
  inputs: [1, 2],
  optionalInputs: [1],
  attributes: reduceAttributes,
  read: (given) => readReduce('ReduceSumSquare', given),
  infer: (inputs, attributes) => inferReduce('ReduceSumSquare', inputs, attributes),
  gradient: (node, [dy], o) => {
    const [x, ...rest] = node.inputs;
    const twice = o.mul(withKeptAxes('ReduceSumSquare', node, dy, o), x.graph.scalar(2));
    return [o.mul(x, twice), ...rest.map(() => undefined)];
  },
};

/** Sum of squares over the axes, which are removed unless `keepdims`. */
export function reduceSumSquare(x: Value, axes: readonly number[], keepdims = false): Value {
  const normalized = axes.map((axis) => normalizeAxis('ReduceSumSquare', axis, x.shape.length));
  return x.graph.add(ReduceSumSquare, [x, x.graph.integers(normalized)], { keepdims: Number(keepdims) })[0];
}
