/** The layers of the DenseNet-FCN, for explanations. */
import { gradients } from '../graph/autodiff.ts';
import { oneHot } from '../graph/composites/one-hot.ts';
import type { Dim } from '../graph/dim.ts';
import { Graph, type Value } from '../graph/graph.ts';
import { encodeOnnx } from '../graph/onnx/proto.ts';
import { builders as o } from '../graph/ops/index.ts';
import { forCpu } from '../graph/rewrite/cpu.ts';
import { forGpu } from '../graph/rewrite/gpu.ts';
import { sizeOf } from '../tensor/tensor.ts';
import { type Localization, localization, sizeMultiple, toChannelsFirst } from './densenet-fcn.ts';
import { describeLayers } from './inference.ts';
import { checkConfig, type Model } from './model.ts';
import {
  gradientName,
  type LayerTable,
  logitsName,
  mapsName,
  type Network,
  type NetworkDevice,
} from './network.ts';
import { Scope } from './scope.ts';

/**
 * From the classifier back to the image:
 *
 * | name | what | channels | size |
 * |---|---|---|---|
 * | `low` | the output of `conv_aux`, which the classifier averages | 16 | 1/16 |
 * | `dense_5` | the input of `conv_aux` | 64 | 1/16 |
 * | `dense_3` | the encoder's last block, and the skip to `dense_5` | 304 | 1/16 |
 * | `dense_2`, `dense_1`, `dense_0` | the encoder's earlier blocks | 240, 176, 112 | 1/8, 1/4, 1/2 |
 *
 * None is followed by a ReLU: activations are signed.
 * @example
 * ```ts
 * import { densenetLayers } from 'high-res-mapping/models';
 *
 * console.log(densenetLayers.names.join(' ')); //=> low dense_5 dense_3 dense_2 dense_1 dense_0
 * console.log(`${densenetLayers.head}, ${densenetLayers.target}`); // of CAM; of Grad-CAM and others
 * //=> low, dense_5
 * ```
 */
export const densenetLayers: LayerTable = {
  names: ['low', 'dense_5', 'dense_3', 'dense_2', 'dense_1', 'dense_0'],
  head: 'low',
  target: 'dense_5',
  pyramid: ['dense_5', 'dense_3', 'dense_2', 'dense_1'],
};

/**
 * The network of a model; for a full model its localisation network, which classifies. The weights are stored
 * in its graphs, and batch norm uses its moving statistics.
 * @throws when the configuration is not that of a network
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { tensor } from 'high-res-mapping';
 * import { decodeModel, networkOf } from 'high-res-mapping/models';
 * import { createSession } from 'high-res-mapping/node';
 *
 * const network = networkOf(decodeModel(await readFile('models/scenes.onnx'), 'scenes.onnx'));
 * const session = await createSession(await network.activationModel(['low'], 'cpu'));
 * const found = await session.run({ image: tensor('float32', [1, 64, 64, 3]) });
 * console.log(found['low/maps'].shape, found.class_logits.shape); //=> [ 1, 16, 4, 4 ] [ 1, 6 ]
 * console.log(network.headWeights?.shape, network.sizes); //=> [ 16, 6 ] { multiple: 32 }
 * await session.release();
 * ```
 */
export function networkOf(model: Model): Network {
  checkConfig(model);
  const { classes, channels, weights } = model;
  let need: { readonly stored: number; readonly maps: number } | undefined;
  return {
    classes,
    channels,
    sizes: { multiple: sizeMultiple },
    batch: 'any',
    neutralPixel: Array<number>(channels).fill(0),
    layers: densenetLayers,
    headWeights: weights.get('aux_output/kernel'),
    sessionBytes(height, width) {
      need ??= { stored: storedBytes(model), maps: mapBytes(model) };
      return 2 * need.stored + (need.maps * height * width) / 2;
    },
    async activationModel(layers, device) {
      const { graph, network } = frozen(model, ['N', 'H', 'W']);
      graph.output(o.identity(network.logits, logitsName));
      for (const layer of layers) graph.output(o.identity(layerOf(network, layer), mapsName(layer)));
      return encodeFor(graph, device);
    },
    async gradientModel(layers, [height, width], device) {
      const { graph, network } = frozen(model, [1, height, width]);
      const chosen = oneHot(graph.input('class_index', 'int64', [1]), classes.length);
      const logit = o.reduceSum(o.mul(network.logits, chosen), [0, 1]);
      const values = layers.map((layer) => layerOf(network, layer));
      const slopes = gradients(logit, values);
      graph.output(o.identity(network.logits, logitsName));
      for (const [i, layer] of layers.entries()) {
        graph.output(o.identity(values[i], mapsName(layer)));
        graph.output(o.identity(slopes[i], gradientName(layer)));
      }
      return encodeFor(graph, device);
    },
  };
}

/** Bytes of all feature maps per pixel of an image. */
function mapBytes(model: Model): number {
  const size = 8 * sizeMultiple;
  const values = describeLayers({ ...model, type: 'half' }, size).map(({ output }) =>
    sizeOf(output as number[]),
  );
  return (4 * values.reduce((sum, count) => sum + count, 0)) / (size * size);
}

function storedBytes({ weights }: Model): number {
  return [...weights.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
}

function encodeFor(graph: Graph, device: NetworkDevice): Uint8Array {
  return encodeOnnx(device === 'cpu' ? forCpu(graph, 'inference') : forGpu(graph, device));
}

function frozen(
  { weights, classes, channels }: Model,
  [n, height, width]: readonly [Dim, Dim, Dim],
): { graph: Graph; network: Localization } {
  const graph = new Graph();
  const image = graph.input('image', 'float32', [n, height, width, channels]);
  const scope = new Scope({
    graph,
    normalization: 'moving',
    provide: ({ name }) => {
      const weight = weights.get(name);
      if (!weight) throw new Error(`internal: the model lacks the weight '${name}'`);
      return graph.initializer(name, weight);
    },
  });
  return { graph, network: localization(scope, toChannelsFirst(image), classes.length) };
}

/** The layer's activations `[N, K, h, w]` in a network under construction. */
function layerOf({ low, decoded, skips }: Localization, name: string): Value {
  if (name === 'low') return low;
  if (name === 'dense_5') return decoded;
  return skips[Number(name.slice('dense_'.length))];
}
