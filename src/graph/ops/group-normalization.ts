import { staticShape } from '../dim.ts';
import { checkSameType, checkShape, type Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import type { Builders } from './index.ts';
import { required, withDefaults } from './read-attributes.ts';
import { perImage } from './split-rules.ts';
import { standardize, standardizeGradient } from './standardize.ts';

type Attributes = { readonly num_groups: number; readonly epsilon: number };

/**
 * y = g z + b  with z = (x - m) r, r = 1 / sqrt(v + epsilon); m and v of a group of an image's channels (Wu
 * and He 2018).
 *
 *     dz = dy g      dx = r (dz - mean dz - z mean(dz z))      dg = sum dy z      db = sum dy
 *
 * Scale and bias are per channel, or, in operator sets 18 to 20, per group. One graph cannot have nodes of
 * both forms.
 */
export const GroupNormalization: Operator<Attributes> = {
  type: 'GroupNormalization',
  opset: ([x, scale]) => (scale.shape[0] === x.shape[1] ? 21 : 18),
  inputs: [3, 3],
  attributes: { num_groups: 'int', epsilon: 'float' },
  read: (given, inputs) => {
    const num_groups = required('GroupNormalization', given, 'num_groups');
    return withDefaults(
      'GroupNormalization',
      { num_groups, epsilon: 1e-5 },
      { stash_type: 1 },
    )(given, inputs);
  },
  infer: ([x, scale, bias], { num_groups }) => {
    const [, channels] = x.shape;
    if (!(num_groups >= 1 && Number(channels) % num_groups === 0)) {
      throw new Error(`GroupNormalization: ${num_groups} groups do not divide ${channels} channels`);
    }
    checkShape('GroupNormalization', 'the scale', scale, [
      scale.shape[0] === channels ? channels : num_groups,
    ]);
    checkShape('GroupNormalization', 'the bias', bias, scale.shape);
    for (const value of [scale, bias]) checkSameType('GroupNormalization', x, value);
    return [{ dtype: x.dtype, shape: x.shape }];
  },
  gradient: ({ inputs: [x, scale], attributes: { num_groups, epsilon } }, [dy], o) =>
    groupGradient(x, scale, dy, { groups: num_groups, epsilon }, o),
  splitBatch: perImage,
};

/** The gradients of x, scale and bias. Instance normalisation has groups of one channel. */
export function groupGradient(
  x: Value,
  scale: Value,
  dy: Value,
  { groups, epsilon }: { groups: number; epsilon: number },
  o: Builders,
): Value[] {
  const size = Number(x.shape[1]) / groups;
  const grouped = (value: Value): Value => o.reshape(value, [0, groups, size, -1]);
  const isPerGroup = scale.shape[0] === groups;
  const spread = o.reshape(scale, [1, groups, isPerGroup ? 1 : size, 1]);
  const total = (value: Value): Value => o.reshape(o.reduceSum(value, isPerGroup ? [0, 2, 3] : [0, 3]), [-1]);
  const axes = [2, 3];
  const parts = standardize(grouped(x), axes, epsilon, o);
  const groupedDy = grouped(dy);
  const dx = standardizeGradient(o.mul(groupedDy, spread), parts, axes, o);
  return [
    o.reshape(dx, staticShape(x.shape, 'gradient of a normalisation')),
    total(o.mul(groupedDy, parts.z)),
    total(groupedDy),
  ];
}

/** Group normalisation. `x` is `[N, C, ...]`; scale and bias are `[C]` or `[groups]`. */
export function groupNormalization(
  x: Value,
  { scale, bias, groups, epsilon }: { scale: Value; bias: Value; groups: number; epsilon: number },
): Value {
  return x.graph.add(GroupNormalization, [x, scale, bias], { num_groups: groups, epsilon })[0];
}
