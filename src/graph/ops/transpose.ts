import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { checkKnown, listOf } from './read-attributes.ts';
import { perImage } from './split-rules.ts';

type Attributes = { readonly perm: readonly number[] };

/** y[i_perm] = x[i];  dx = dy, permuted back */
export const Transpose: Operator<Attributes> = {
  type: 'Transpose',
  inputs: [1, 1],
  attributes: { perm: 'ints' },
  read: (given, [x]) => {
    checkKnown('Transpose', given, ['perm']);
    return { perm: listOf('Transpose', given, 'perm') ?? [...x.shape.keys()].reverse() };
  },
  infer: ([x], { perm }) => {
    if (perm.length !== x.shape.length || [...perm].sort((a, b) => a - b).some((axis, i) => axis !== i)) {
      throw new Error(
        `Transpose: [${perm}] is not a permutation of the ${x.shape.length} axes of [${x.shape}]`,
      );
    }
    return [{ dtype: x.dtype, shape: perm.map((axis) => x.shape[axis]) }];
  },
  gradient: ({ attributes: { perm } }, [dy], o) => [
    o.transpose(
      dy,
      perm.map((_, i) => perm.indexOf(i)),
    ),
  ],
  splitBatch: (node, batchSize) => (node.attributes.perm[0] === 0 ? perImage(node, batchSize) : undefined),
};

/** Axis i of the result is axis `perm[i]` of `x`. */
export function transpose(x: Value, perm: readonly number[]): Value {
  return x.graph.add(Transpose, [x], { perm })[0];
}
