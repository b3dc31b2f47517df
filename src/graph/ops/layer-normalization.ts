import { broadcastShapes, normalizeAxis, sameShape } from '../dim.ts';
import { checkSameType, type Value, type ValueType } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { withDefaults } from './read-attributes.ts';
import { standardize, standardizeGradient } from './standardize.ts';

export type AxisAttributes = { readonly axis: number; readonly epsilon: number };

/**
 * y = g z + b  with z = (x - m) r, r = 1 / sqrt(v + epsilon); m and v over the axes from `axis` to the last
 * (Ba, Kiros and Hinton 2016).
 *
 *     dz = dy g      dx = r (dz - mean dz - z mean(dz z))      dg = dy z      db = dy
 *
 * ONNX has three results; only the first is covered.
 */
export const LayerNormalization: Operator<AxisAttributes> = {
  type: 'LayerNormalization',
  inputs: [2, 3],
  optionalInputs: [2],
  attributes: { axis: 'int', epsilon: 'float' },
  read: withDefaults('LayerNormalization', { axis: -1, epsilon: 1e-5 }, { stash_type: 1 }),
  infer: (inputs, { axis }) => inferNormalization('LayerNormalization', inputs, axis),
  gradient: ({ inputs, attributes: { axis, epsilon } }, [dy], o) => {
    const [x, scale, bias] = inputs;
    const axes = axesFrom('LayerNormalization', axis, x);
    const parts = standardize(x, axes, epsilon, o);
    const dx = standardizeGradient(o.mul(dy, scale), parts, axes, o);
    return [dx, o.mul(dy, parts.z), bias && dy].slice(0, inputs.length);
  },
  broadcasts: true,
};

/** The shape rule: scale and bias broadcast to the input's shape. */
export function inferNormalization(op: string, [x, ...factors]: readonly Value[], axis: number): ValueType[] {
  normalizeAxis(op, axis, x.shape.length);
  for (const factor of factors) {
    if (!factor) continue;
    checkSameType(op, x, factor);
    if (!sameShape(broadcastShapes(op, x.shape, factor.shape), x.shape)) {
      throw new Error(`${op}: '${factor.name}', [${factor.shape}], does not broadcast to [${x.shape}]`);
    }
  }
  return [{ dtype: x.dtype, shape: x.shape }];
}

/** The axes from `axis` to the last. */
export function axesFrom(op: string, axis: number, { shape }: Value): readonly number[] {
  return [...shape.keys()].slice(normalizeAxis(op, axis, shape.length));
}

/** Normalises over the axes from `axis` to the last. Scale and bias broadcast to the shape of `x`. */
export function layerNormalization(
  x: Value,
  { scale, bias, axis, epsilon }: { scale: Value; bias?: Value; axis: number; epsilon: number },
): Value {
  const inputs = bias ? [x, scale, bias] : [x, scale];
  return x.graph.add(LayerNormalization, inputs, { axis, epsilon })[0];
}
