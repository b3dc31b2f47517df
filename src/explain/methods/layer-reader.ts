/** Runs a network and reads its layers: activations, and the gradients of a class's logit with respect to them. */
import { encodeOnnx } from '../../graph/onnx/proto.ts';
import { forProcessor } from '../../graph/rewrite/processor.ts';
import { gradientName, type Network } from '../../models/network.ts';
import type { CreateSession, Device, Session } from '../../runtime/session.ts';
import { reshape, type Tensor, tensor } from '../../tensor/tensor.ts';
import { openOnProcessor } from '../open-session.ts';

/** The activations `[K, h, w]` of one layer for one image. */
export type FeatureMaps = Tensor<'float32'>;

/** What one layer shows of one image. */
export interface LayerReading {
  /** A: `[K, h, w]` */
  readonly activations: FeatureMaps;
  /** dY / dA, Y the class's logit, before softmax: `[K, h, w]` */
  readonly gradients: FeatureMaps;
}

/** Sessions are made when they are first needed, those with gradients one for each size of image, and kept until `release`. */
export class LayerReader {
  readonly #network: Network;
  readonly #layers: readonly string[];
  readonly #createSession: CreateSession;
  readonly #device: Device;
  readonly #sessions = new Map<string, Promise<Session>>();

  constructor(
    network: Network,
    layers: readonly string[],
    createSession: CreateSession,
    device: Device = 'cpu',
  ) {
    this.#network = network;
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
      const graph = this.#network.gradientGraph(this.#layers, [height, width]);
      if (this.#device !== 'cpu') {
        return this.#createSession(encodeOnnx(graph), { device: this.#device });
      }
      return this.#createSession(encodeOnnx(forProcessor(graph, 'inference')));
    });
    const result = await session.run({ image, class_index: tensor('int64', [1], [classIndex]) });
    return this.#layers.map((layer) => ({
      activations: withoutBatch(result[layer]),
      gradients: withoutBatch(result[gradientName(layer)]),
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
      const graph = this.#network.activationGraph(this.#layers);
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
