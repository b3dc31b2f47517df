import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { type AxisAttributes, axesFrom, inferNormalization } from './layer-normalization.ts';
import { withDefaults } from './read-attributes.ts';
import { inverseRoot } from './standardize.ts';

/**
 * y = g z  with z = x r, r = 1 / sqrt(mean of x^2 + epsilon) over the axes from `axis` to the last (Zhang and
 * Sennrich 2019).
 *
 *     dz = dy g      dx = r (dz - z mean(dz z))      dg = dy z
 */
export const RMSNormalization: Operator<AxisAttributes> = {
  type: 'RMSNormalization',
  opset: () => 23,
  inputs: [2, 2],
  attributes: { axis: 'int', epsilon: 'float' },
  read: withDefaults('RMSNormalization', { axis: -1, epsilon: 1e-5 }, { stash_type: 1 }),
  infer: (inputs, { axis }) => inferNormalization('RMSNormalization', inputs, axis),
  gradient: ({ inputs: [x, scale], attributes: { axis, epsilon } }, [dy], o) => {
    const axes = axesFrom('RMSNormalization', axis, x);
    const r = inverseRoot(x, axes, epsilon, o);
    const z = o.mul(x, r);
    const dz = o.mul(dy, scale);
    const along = o.mul(z, o.reduceMean(o.mul(dz, z), axes, true));
    return [o.mul(r, o.sub(dz, along)), o.mul(dy, z)];
  },
  broadcasts: true,
};

/**
 * Divides by the root mean square over the axes from `axis` to the last. The scale broadcasts to the shape of
 * `x`.
 */
export function rmsNormalization(
  x: Value,
  { scale, axis, epsilon }: { scale: Value; axis: number; epsilon: number },
): Value {
  return x.graph.add(RMSNormalization, [x, scale], { axis, epsilon })[0];
}
