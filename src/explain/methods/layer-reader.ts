/** Runs a network and reads its layers: activations, and the gradients of a class's logit with respect to them. */
import {
  gradientName,
  logitsName,
  mapsName,
  type Network,
  type NetworkDevice,
} from '../../models/network.ts';
import { openBatched } from '../../runtime/open-batched.ts';
import type { CreateSession, Device, Session, SessionOptions } from '../../runtime/session.ts';
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

/** Sizes of images for which sessions with gradients are kept: as many as `smoothed` looks at. */
const mostSizes = 4;

/** A session, and when its runs are over. */
interface Kept {
  readonly session: Promise<Session>;
  idle: Promise<unknown>;
}

/**
 * Sessions are made when they are first needed, and kept until `release`; those with gradients are each for one size of image, and the
 * few used last are kept.
 */
export class LayerReader {
  readonly #network: Network;
  readonly #layers: readonly string[];
  readonly #createSession: CreateSession;
  readonly #device: Device;
  #forward: Promise<Session> | undefined;
  /** By size, the one used last at the end. */
  readonly #sized = new Map<string, Kept>();

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
    const session = await this.#withoutGradients();
    const result = await session.run({ image }, this.#layers.map(mapsName));
    return this.#layers.map((layer) => withoutBatch(result[mapsName(layer)]));
  }

  /** The logits `[N, M]` of images `[N, H, W, C]`. */
  async logits(image: Tensor<'float32'>): Promise<Tensor<'float32'>> {
    const session = await this.#withoutGradients();
    const result = await session.run({ image }, [logitsName]);
    return result[logitsName] as Tensor<'float32'>;
  }

  /** Activations and gradients of each layer, in the order of the layers. @param image `[1, H, W, C]` */
  async gradients(image: Tensor<'float32'>, classIndex: number): Promise<LayerReading[]> {
    const [, height, width] = image.shape;
    const feeds = { image, class_index: tensor('int64', [1], [classIndex]) };
    const result = await this.#atSize([height, width], (session) => session.run(feeds));
    return this.#layers.map((layer) => ({
      activations: withoutBatch(result[mapsName(layer)]),
      gradients: withoutBatch(result[gradientName(layer)]),
    }));
  }

  /** Frees the sessions' memory. */
  async release(): Promise<void> {
    const forward = this.#forward;
    this.#forward = undefined;
    const sized = [...this.#sized.values()];
    this.#sized.clear();
    await (await forward)?.release();
    await Promise.all(sized.map(releaseKept));
  }

  #withoutGradients(): Promise<Session> {
    if (this.#forward) return this.#forward;
    const open = async (): Promise<Session> => {
      const model = await this.#network.activationModel(this.#layers, this.#form);
      return openBatched(model, this.#network.batch, this.#createSession, this.#options);
    };
    const made = open();
    this.#forward = made;
    // What failed may work the next time.
    made.catch(() => {
      if (this.#forward === made) this.#forward = undefined;
    });
    return made;
  }

  async #atSize<T>(size: readonly [number, number], use: (session: Session) => Promise<T>): Promise<T> {
    const key = size.join(' x ');
    const open = async (): Promise<Session> => {
      const model = await this.#network.gradientModel(this.#layers, size, this.#form);
      return this.#createSession(model, this.#options);
    };
    const kept = this.#sized.get(key) ?? { session: open(), idle: Promise.resolve() };
    this.#sized.delete(key);
    this.#sized.set(key, kept);
    kept.session.catch(() => {
      if (this.#sized.get(key) === kept) this.#sized.delete(key);
    });
    const used = kept.session.then(use);
    kept.idle = Promise.allSettled([kept.idle, used]);
    const [[oldest, dropped]] = this.#sized;
    if (this.#sized.size > mostSizes) {
      this.#sized.delete(oldest);
      await releaseKept(dropped);
    }
    return used;
  }

  /** A method's sessions run in turn with that of the model. */
  get #options(): SessionOptions {
    return { device: this.#device, purpose: 'in turn' };
  }

  get #form(): NetworkDevice {
    return this.#device === 'cpu' ? 'cpu' : 'gpu';
  }
}

/** When nothing runs in it any more. */
async function releaseKept({ session, idle }: Kept): Promise<void> {
  await idle;
  // One that could not be made has no memory.
  await session.then(
    (one) => one.release(),
    () => {},
  );
}

function withoutBatch(value: Tensor): FeatureMaps {
  return reshape(value as Tensor<'float32'>, value.shape.slice(1));
}
