import { normalizeAxis, staticShape } from '../dim.ts';
import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import {
  inferReduce,
  keptShape,
  type ReduceAttributes,
  readReduce,
  reduceAttributes,
  reducedAxes,
  splitReduce,
} from './reduce.ts';

/** y = sum of x over the axes;  dx = dy for each summand */
export const ReduceSum: Operator<ReduceAttributes> = {
  type: 'ReduceSum',
  inputs: [1, 2],
  optionalInputs: [1],
  attributes: reduceAttributes,
  read: (given) => readReduce('ReduceSum', given),
  infer: (inputs, attributes) => inferReduce('ReduceSum', inputs, attributes),
  gradient: ({ inputs, attributes }, [dy], o) => {
    const [x, ...rest] = inputs;
    const kept = keptShape(x, reducedAxes('ReduceSum', inputs, attributes));
    const spread = o.expand(
      o.reshape(dy, staticShape(kept, 'gradient of ReduceSum')),
      staticShape(x.shape, 'gradient of ReduceSum'),
    );
    return [spread, ...rest.map(() => undefined)];
  },
  splitBatch: (node) => splitReduce('ReduceSum', node, 'sum'),
};

/** Sum over the axes, which are removed unless `keepdims`. */
export function reduceSum(x: Value, axes: readonly number[], keepdims = false): Value {
  const normalized = axes.map((axis) => normalizeAxis('ReduceSum', axis, x.shape.length));
  return x.graph.add(ReduceSum, [x, x.graph.integers(normalized)], { keepdims: Number(keepdims) })[0];
}
