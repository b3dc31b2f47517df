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

/** y = mean of the n elements of x over the axes;  dx = dy / n for each of them */
export const ReduceMean: Operator<ReduceAttributes> = {
  type: 'ReduceMean',
  inputs: [1, 2],
  optionalInputs: [1],
  attributes: reduceAttributes,
  read: (given) => readReduce('ReduceMean', given),
  infer: (inputs, attributes) => inferReduce('ReduceMean', inputs, attributes),
  gradient: ({ inputs, attributes }, [dy], o) => {
    const [x, ...rest] = inputs;
    const shape = staticShape(x.shape, 'gradient of ReduceMean');
    const reduced = reducedAxes('ReduceMean', inputs, attributes);
    const n = reduced.reduce((product, axis) => product * shape[axis], 1);
    const kept = o.reshape(
      o.mul(dy, x.graph.scalar(1 / n)),
      staticShape(keptShape(x, reduced), 'gradient of ReduceMean'),
    );
    return [o.expand(kept, shape), ...rest.map(() => undefined)];
  },
  splitBatch: (node) => splitReduce('ReduceMean', node, 'mean'),
};

/** Mean over the axes, which are removed unless `keepdims`. */
export function reduceMean(x: Value, axes: readonly number[], keepdims = false): Value {
  const normalized = axes.map((axis) => normalizeAxis('ReduceMean', axis, x.shape.length));
  return x.graph.add(ReduceMean, [x, x.graph.integers(normalized)], { keepdims: Number(keepdims) })[0];
}
