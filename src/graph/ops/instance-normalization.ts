import { checkSameType, checkShape, type Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { groupGradient } from './group-normalization.ts';
import { withDefaults } from './read-attributes.ts';
import { perImage } from './split-rules.ts';

type Attributes = { readonly epsilon: number };

/**
 * y = g (x - m) r + b  with r = 1 / sqrt(v + epsilon), m and v of one channel of one image (Ulyanov, Vedaldi
 * and Lempitsky 2016). The gradient is that of group normalisation.
 */
export const InstanceNormalization: Operator<Attributes> = {
  type: 'InstanceNormalization',
  inputs: [3, 3],
  attributes: { epsilon: 'float' },
  read: withDefaults('InstanceNormalization', { epsilon: 1e-5 }),
  infer: ([x, ...perChannel]) => {
    if (x.shape.length < 3) {
      throw new Error(`InstanceNormalization: the input must have rank 3 or more, got shape [${x.shape}]`);
    }
    for (const value of perChannel) {
      checkSameType('InstanceNormalization', x, value);
      checkShape('InstanceNormalization', value.name, value, [x.shape[1]]);
    }
    return [{ dtype: x.dtype, shape: x.shape }];
  },
  gradient: ({ inputs: [x, scale], attributes: { epsilon } }, [dy], o) =>
    groupGradient(x, scale, dy, { groups: Number(x.shape[1]), epsilon }, o),
  splitBatch: perImage,
};

/** Normalises each channel of each image. `x` is `[N, C, ...]`, scale and bias are `[C]`. */
export function instanceNormalization(
  x: Value,
  { scale, bias, epsilon }: { scale: Value; bias: Value; epsilon: number },
): Value {
  return x.graph.add(InstanceNormalization, [x, scale, bias], { epsilon })[0];
}
