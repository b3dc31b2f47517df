/** Runs a model's network and reads its layers: activations, and the gradients of a class's logit with respect to them. */
import { gradients } from '../../graph/autodiff.ts';
import { oneHot } from '../../graph/composites/one-hot.ts';
import type { Dim } from '../../graph/dim.ts';
import { Graph } from '../../graph/graph.ts';
import { encodeOnnx } from '../../graph/onnx/proto.ts';
import { builders as o } from '../../graph/ops/index.ts';
import { forProcessor } from '../../graph/rewrite/processor.ts';
import { type Localization, localization, toChannelsFirst } from '../../models/densenet-fcn.ts';
import type { Model } from '../../models/model.ts';
import { Scope } from '../../models/scope.ts';
import type { CreateSession, Device, Session } from '../../runtime/session.ts';
import { reshape, type Tensor, tensor } from '../../tensor/tensor.ts';
import { openOnProcessor } from '../cam-model.ts';
import { type LayerName, layerOf } from './layers.ts';

/** The activations `[K, h, w]` of one layer for one image. */
export type FeatureMaps = Tensor<'float32'>;

/** What one layer shows of one image. */
export interface LayerReading {
  /** A: `[K, h, w]` */
  readonly activations: FeatureMaps;
  /** dY / dA, Y the class's logit, before softmax: `[K, h, w]` */
  readonly gradients: FeatureMaps;
}

const gradientOf = (layer: LayerName): string => `${layer}/gradient`;

/**
 * Inputs: `image` float32 `[N, H, W, C]` in [0, 1]. Outputs: `logits` `[N, M]`, and every layer under its name.
 */
export function activationGraph(model: Model, layers: readonly LayerName[]): Graph {
  const { graph, network } = frozenNetwork(model, ['N', 'H', 'W']);
  graph.output(o.identity(network.logits, 'logits'));
  for (const layer of layers) graph.output(o.identity(layerOf(network, layer), layer));
  return graph;
}

/**
 * Inputs: `image` float32 `[1, H, W, C]` in [0, 1], `class_index` int64 `[1]`. Outputs: `logits` `[1, M]`; every layer under its
 * name; and, with `/gradient` after it, the gradient of the class's logit. Sizes are fixed, as most gradient rules need them; the
 * weights are part of the graph, batch norm has its moving statistics.
 */
export function gradientGraph(
  model: Model,
  layers: readonly LayerName[],
  [height, width]: readonly [number, number],
): Graph {
  const { graph, network } = frozenNetwork(model, [1, height, width]);
  const classIndex = graph.input('class_index', 'int64', [1]);
  const chosen = oneHot(classIndex, model.classes.length);
  const logit = o.reduceSum(o.mul(network.logits, chosen), [0, 1]);
  const values = layers.map((layer) => layerOf(network, layer));
  const slopes = gradients(logit, values);
  graph.output(o.identity(network.logits, 'logits'));
  for (const [i, layer] of layers.entries()) {
    graph.output(o.identity(values[i], layer));
    graph.output(o.identity(slopes[i], gradientOf(layer)));
  }
  return graph;
}

function frozenNetwork(
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

/** Sessions are made when they are first needed, those with gradients one for each size of image, and kept until `release`. */
export class LayerReader {
  readonly #model: Model;
  readonly #layers: readonly LayerName[];
  readonly #createSession: CreateSession;
  readonly #device: Device;
  readonly #sessions = new Map<string, Promise<Session>>();

  /** @param model half or full; of a full one, the localisation network is used */
  constructor(
    model: Model,
    layers: readonly LayerName[],
    createSession: CreateSession,
    device: Device = 'cpu',
  ) {
    this.#model = model;
    this.#layers = layers;
    this.#createSession = createSession;
    this.#device = device;
  }

  /** The activations of each layer, in the order of the layers. @param image `[1, H, W, C]` */
  async activations(image: Tensor<'float32'>): Promise<FeatureMaps[]> {
    const session = await this.#forward();
    const result = await session.run({ image }, this.#layers);
    return this.#layers.map((layer) => withoutBatch(result[layer]));
  }

  /** The logits `[N, M]` of images `[N, H, W, C]`. */
  async logits(image: Tensor<'float32'>): Promise<Tensor<'float32'>> {
    const session = await this.#forward();
    const { logits } = await session.run({ image }, ['logits']);
    return logits as Tensor<'float32'>;
  }

  /** Activations and gradients of each layer, in the order of the layers. @param image `[1, H, W, C]` */
  async gradients(image: Tensor<'float32'>, classIndex: number): Promise<LayerReading[]> {
    const [, height, width] = image.shape;
    const session = await this.#kept(`${height} x ${width}`, () => {
      const graph = gradientGraph(this.#model, this.#layers, [height, width]);
      if (this.#device !== 'cpu') {
        return this.#createSession(encodeOnnx(graph), { device: this.#device });
      }
      return this.#createSession(encodeOnnx(forProcessor(graph, 'inference')));
    });
    const result = await session.run({ image, class_index: tensor('int64', [1], [classIndex]) });
    return this.#layers.map((layer) => ({
      activations: withoutBatch(result[layer]),
      gradients: withoutBatch(result[gradientOf(layer)]),
    }));
  }

  /** Frees the sessions' memory. */
  async release(): Promise<void> {
    const sessions = await Promise.all(this.#sessions.values());
    this.#sessions.clear();
    await Promise.all(sessions.map((session) => session.release()));
  }

  #forward(): Promise<Session> {
    return this.#kept('forward', () => {
      const graph = activationGraph(this.#model, this.#layers);
      return this.#device === 'cpu'
        ? openOnProcessor(graph, this.#createSession)
        : this.#createSession(encodeOnnx(graph), { device: this.#device });
    });
  }

  #kept(key: string, make: () => Promise<Session>): Promise<Session> {
    const known = this.#sessions.get(key);
    if (known) return known;
    const made = make();
    this.#sessions.set(key, made);
    // What failed may work the next time.
    made.catch(() => this.#sessions.delete(key));
    return made;
  }
}

function withoutBatch(value: Tensor): FeatureMaps {
  return reshape(value as Tensor<'float32'>, value.shape.slice(1));
}
