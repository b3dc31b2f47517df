/** The feature maps that a CAM method can look at, by the names of the network's layers. */
import type { Value } from '../../graph/graph.ts';
import type { Localization } from '../../models/densenet-fcn.ts';

/**
 * From the classifier back to the image:
 *
 * | name | what | channels | size |
 * |---|---|---|---|
 * | `low` | the output of `conv_aux`: what the classifier averages | 16 | 1/16 |
 * | `dense_5` | what `conv_aux` is made from | 64 | 1/16 |
 * | `dense_3` | the encoder's last block, and the skip to `dense_5` | 304 | 1/16 |
 * | `dense_2`, `dense_1`, `dense_0` | the encoder's earlier blocks | 240, 176, 112 | 1/8, 1/4, 1/2 |
 *
 * None has a ReLU behind it: activations are signed.
 */
export const layerNames = ['low', 'dense_5', 'dense_3', 'dense_2', 'dense_1', 'dense_0'] as const;

export type LayerName = (typeof layerNames)[number];

/** The layer's activations `[N, K, h, w]` in a network under construction. */
export function layerOf({ low, decoded, skips }: Localization, name: LayerName): Value {
  if (name === 'low') return low;
  if (name === 'dense_5') return decoded;
  return skips[Number(name.slice('dense_'.length))];
}

/** A list such as `dense_5,dense_3`. @throws when a name is no layer's, or stands there twice. */
export function parseLayers(text: string): LayerName[] {
  const names = text.split(',').map((name) => name.trim());
  for (const [i, name] of names.entries()) {
    if (!(layerNames as readonly string[]).includes(name)) {
      throw new Error(`layers are ${layerNames.join(', ')}, got '${name}'`);
    }
    if (names.indexOf(name) !== i) throw new Error(`a layer counts once, got '${name}' twice`);
  }
  return names as LayerName[];
}
