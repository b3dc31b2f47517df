import { normalizeAxis, staticShape } from '../dim.ts';
import { integersOf, type Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferReduce, keptShape, type ReduceAttributes, splitReduce } from './reduce.ts';

/** y = sum of x over the axes;  dx = dy, spread over them */
export const ReduceSum: Operator<ReduceAttributes> = {
  type: 'ReduceSum',
  inputs: [2, 2],
  attributes: { keepdims: 'int' },
  infer: (inputs, attributes) => inferReduce('ReduceSum', inputs, attributes),
  gradient: ({ inputs: [x, axes] }, [dy], o) => {
    const kept = o.reshape(
      dy,
      staticShape(keptShape(x, integersOf('ReduceSum', 'the axes', axes)), 'gradient of ReduceSum'),
    );
    return [o.expand(kept, staticShape(x.shape, 'gradient of ReduceSum')), undefined];
  },
  splitBatch: (node) => splitReduce('ReduceSum', node, 'sum'),
};

/** Sum over the axes, which disappear unless `keepdims`. */
export function reduceSum(x: Value, axes: readonly number[], keepdims = false): Value {
  const normalized = axes.map((axis) => normalizeAxis('ReduceSum', axis, x.shape.length));
  return x.graph.add(ReduceSum, [x, x.graph.integers(normalized)], { keepdims: Number(keepdims) })[0];
}
