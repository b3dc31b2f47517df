/**
 * This project's networks in Keras: the order of their layers, and names for layers that Keras 3 files only
 * number.
 */
import { defaultImageSize } from '../tensor/image-size.ts';
import { describeParameters } from './inference.ts';
import type { KerasConfig } from './keras-config.ts';
import { listed } from './keras-weight.ts';
import type { LayerNames, NumberedLayer } from './keras3-layers.ts';
import type { ModelConfig, ModelType } from './model.ts';

export function kerasConfig(type: ModelType, count: number, channels: number): ModelConfig {
  return {
    type,
    classes: Array.from({ length: count }, (_, i) => `#${i}`),
    imSize: defaultImageSize,
    channels,
  };
}

/**
 * The layers in Keras' order. Keras sorts a model's layers by their distance to its outputs, so the full
 * model's classifier comes late.
 */
export function layersInKeras(type: ModelType, layers: readonly string[]): string[] {
  if (type === 'half') return [...layers];
  const last = ['conv_aux', 'tr_up_early_conv2DT', 'main_output', 'aux_output'];
  return [...layers.filter((name) => !last.includes(name)), ...last];
}

/**
 * Names layers that a Keras 3 file only numbers. Named layers keep their names; if all have only class and
 * number, they are named in Keras' order.
 * @throws when they are not the layers of this network
 */
export function nameLayers(found: readonly NumberedLayer[]): LayerNames[] {
  const weights = weightNames('full');
  const isNamed = found.some(({ name }) => weights.has(name));
  const named = isNamed ? found : byClass(found);
  const odd = found.filter((_, i) => !weights.has(named[i]?.name));
  if (odd.length > 0 || found.length === 0) {
    const which = isNamed ? 'also has the layers' : 'has the layers';
    throw new Error(
      `a Keras 3 file, not of this project's network: it ${which} ${listed(odd.map(({ name }) => name))}`,
    );
  }
  return named.map(({ name, weights: count }) => {
    const all = weights.get(name) as readonly string[];
    if (all.length !== count) {
      throw new Error(
        `the layer '${name}' has ${count} weights, it should have ${all.length}: ${all.join(', ')}`,
      );
    }
    return { name, weights: all };
  });
}

/** Layers of the network without weights, and those that only act in training. */
const weightless = [
  ...['InputLayer', 'Activation', 'ReLU', 'Softmax', 'MaxPooling2D', 'Concatenate', 'GlobalAveragePooling2D'],
  ...['Dropout', 'SpatialDropout2D', 'GaussianNoise', 'GaussianDropout'],
];
const weighted = ['Conv2D', 'Conv2DTranspose', 'BatchNormalization', 'Dense'];

/** @throws when a saved model has a layer of another kind, which could go unnoticed if it has no weights */
export function checkKinds({ layers }: KerasConfig): void {
  const odd = layers.filter(({ kind }) => !weightless.includes(kind) && !weighted.includes(kind));
  if (odd.length === 0) return;
  const names = listed(odd.map(({ name, kind }) => `${name} (${kind})`));
  throw new Error(`a model of Keras, not of this project's network: it has the layers ${names}`);
}

/** Each layer's weights, both in Keras' order. */
function weightNames(type: ModelType): Map<string, string[]> {
  const weights = new Map<string, string[]>();
  for (const { name } of describeParameters(kerasConfig(type, 2, 3))) {
    const [layer, weight] = name.split('/');
    weights.set(layer, [...(weights.get(layer) ?? []), weight]);
  }
  return new Map(
    layersInKeras(type, [...weights.keys()]).map((layer) => [layer, weights.get(layer) as string[]]),
  );
}

/**
 * Renames layers with class and number, such as `conv2d_3`, to this network's names. Empty if the numbers do
 * not match this network.
 */
function byClass(found: readonly NumberedLayer[]): NumberedLayer[] {
  for (const type of ['half', 'full'] as const) {
    const names = new Map<string, string>();
    const counts = new Map<string, number>();
    for (const layer of weightNames(type).keys()) {
      const kind = classOf(layer);
      const count = counts.get(kind) ?? 0;
      names.set(count === 0 ? kind : `${kind}_${count}`, layer);
      counts.set(kind, count + 1);
    }
    if (found.length === names.size && found.every(({ group }) => names.has(group))) {
      return found.map((layer) => ({ ...layer, name: names.get(layer.group) as string }));
    }
  }
  return [];
}

function classOf(layer: string): string {
  if (layer.endsWith('_bn')) return 'batch_normalization';
  if (layer === 'aux_output') return 'dense';
  return layer.endsWith('_conv2DT') ? 'conv2d_transpose' : 'conv2d';
}
