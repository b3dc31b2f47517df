/** Runs a network and reads its layers: activations, and the gradients of a class's logit with respect to them. */
import {
  gradientName,
  logitsName,
  mapsName,
  type Network,
  type NetworkDevice,
} from '../../models/network.ts';
import { openBatched } from '../../runtime/open-batched.ts';
import type { CreateSession, Device, Session } from '../../runtime/session.ts';
import { reshape, type Tensor, tensor } from '../../tensor/tensor.ts';

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
    const result = await session.run({ image }, this.#layers.map(mapsName));
    return this.#layers.map((layer) => withoutBatch(result[mapsName(layer)]));
  }

  /** The logits `[N, M]` of images `[N, H, W, C]`. */
  async logits(image: Tensor<'float32'>): Promise<Tensor<'float32'>> {
    const session = await this.#forward();
    const result = await session.run({ image }, [logitsName]);
    return result[logitsName] as Tensor<'float32'>;
  }

  /** Activations and gradients of each layer, in the order of the layers. @param image `[1, H, W, C]` */
  async gradients(image: Tensor<'float32'>, classIndex: number): Promise<LayerReading[]> {
    const [, height, width] = image.shape;
    const session = await this.#kept(`${height} x ${width}`, async () => {
      const model = await this.#network.gradientModel(this.#layers, [height, width], this.#form);
      return this.#createSession(model, { device: this.#device });
    });
    const result = await session.run({ image, class_index: tensor('int64', [1], [classIndex]) });
    return this.#layers.map((layer) => ({
      activations: withoutBatch(result[mapsName(layer)]),
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
    return this.#kept('forward', async () => {
      const model = await this.#network.activationModel(this.#layers, this.#form);
      return openBatched(model, this.#network.batch, this.#createSession, this.#device);
    });
  }

  get #form(): NetworkDevice {
    return this.#device === 'cpu' ? 'cpu' : 'gpu';
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
