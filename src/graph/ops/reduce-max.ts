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

/** y = the largest element over the axes;  dx = dy where x equals it, shared equally among ties */
export const ReduceMax: Operator<ReduceAttributes> = {
  type: 'ReduceMax',
  inputs: [1, 2],
  optionalInputs: [1],
  attributes: reduceAttributes,
  read: (given) => readReduce('ReduceMax', given),
  infer: (inputs, attributes) => inferReduce('ReduceMax', inputs, attributes),
  gradient: (node, [dy], o) => {
    const [, ...rest] = node.inputs;
    return [shareAmongTies('ReduceMax', node, dy, o), ...rest.map(() => undefined)];
  },
};

/** Largest element over the axes, which are removed unless `keepdims`. */
export function reduceMax(x: Value, axes: readonly number[], keepdims = false): Value {
  const normalized = axes.map((axis) => normalizeAxis('ReduceMax', axis, x.shape.length));
  return x.graph.add(ReduceMax, [x, x.graph.integers(normalized)], { keepdims: Number(keepdims) })[0];
}
