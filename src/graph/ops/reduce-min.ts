import { normalizeAxis } from '../dim.ts';
import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import {
  inferReduce,
  type ReduceAttributes,
  readReduce,
  reduceAttributes,
  shareAmongTies,
} from './reduce.ts';

/** y = the smallest element over the axes;  dx = dy where x equals it, shared equally among ties */
export const ReduceMin: Operator<ReduceAttributes> = {
  type: 'ReduceMin',
  inputs: [1, 2],
  optionalInputs: [1],
  attributes: reduceAttributes,
  read: (given) => readReduce('ReduceMin', given),
  infer: (inputs, attributes) => inferReduce('ReduceMin', inputs, attributes),
  gradient: (node, [dy], o) => {
    const [, ...rest] = node.inputs;
    return [shareAmongTies('ReduceMin', node, dy, o), ...rest.map(() => undefined)];
  },
};

/** Smallest element over the axes, which are removed unless `keepdims`. */
export function reduceMin(x: Value, axes: readonly number[], keepdims = false): Value {
  const normalized = axes.map((axis) => normalizeAxis('ReduceMin', axis, x.shape.length));
  return x.graph.add(ReduceMin, [x, x.graph.integers(normalized)], { keepdims: Number(keepdims) })[0];
}
