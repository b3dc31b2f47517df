/** Runs a network and reads its layers: activations, and the gradients of a class's logit by them. */
import {
  gradientName,
  logitsName,
  mapsName,
  type Network,
  type NetworkDevice,
} from '../../models/network.ts';
import { openBatched } from '../../runtime/open-batched.ts';
import {
  type CreateSession,
  type Device,
  interfaceOf,
  type Session,
  type SessionOptions,
} from '../../runtime/session.ts';
import { SessionCache } from '../../runtime/session-cache.ts';
import { reshape, type Tensor, tensor } from '../../tensor/tensor.ts';

/** The activations `[K, h, w]` of one layer for one image. */
export type FeatureMaps = Tensor<'float32'>;

/** What is read of one layer for one image. */
export interface LayerReading {
  /** A: `[K, h, w]` */
  readonly activations: FeatureMaps;
  /** dY / dA, where Y is the class's logit, before softmax: `[K, h, w]` */
  readonly gradients: FeatureMaps;
}

/** Default number of image sizes whose sessions are kept: as many as `smoothed` uses. */
const mostSizes = 4;

/**
 * Sessions are opened when they are first used. Readers of the same layers of a network that have one cache
 * share its sessions. A session with gradients serves one image size.
 */
export class LayerReader {
  readonly #network: Network;
  readonly #layers: readonly string[];
  readonly #createSession: CreateSession;
  readonly #device: Device;
  readonly #sessions: SessionCache;

  constructor(
    network: Network,
    layers: readonly string[],
    createSession: CreateSession,
    device: Device = 'cpu',
    sessions: SessionCache = new SessionCache({ sessions: mostSizes }),
  ) {
    this.#network = network;
    this.#layers = layers;
    this.#createSession = createSession;
    this.#device = device;
    this.#sessions = sessions;
  }

  /**
   * The activations of each layer, in the order of the layers.
   * @param image `[1, H, W, C]`
   */
  async activations(image: Tensor<'float32'>): Promise<FeatureMaps[]> {
    const outputs = this.#layers.map(mapsName);
    const result = await this.#withoutGradients(image, (session) => session.run({ image }, outputs));
    return this.#layers.map((layer) => withoutBatch(result[mapsName(layer)]));
  }

  /** The logits `[N, M]` of images `[N, H, W, C]`. */
  async logits(image: Tensor<'float32'>): Promise<Tensor<'float32'>> {
    const result = await this.#withoutGradients(image, (session) => session.run({ image }, [logitsName]));
    return result[logitsName] as Tensor<'float32'>;
  }

  /**
   * Activations and gradients of each layer, in the order of the layers.
   * @param image `[1, H, W, C]`
   */
  async gradients(image: Tensor<'float32'>, classIndex: number): Promise<LayerReading[]> {
    const [, height, width] = image.shape;
    const feeds = { image, class_index: tensor('int64', [1], [classIndex]) };
    const result = await this.#atSize([height, width], (session) => session.run(feeds));
    return this.#layers.map((layer) => ({
      activations: withoutBatch(result[mapsName(layer)]),
      gradients: withoutBatch(result[gradientName(layer)]),
    }));
  }

  /** Releases this network's sessions in the cache. */
  async release(): Promise<void> {
    await this.#sessions.release(this.#network);
  }

  #withoutGradients<T>({ shape }: Tensor, use: (session: Session) => Promise<T>): Promise<T> {
    const [, height, width] = shape;
    return this.#keep('activations', [height, width], use, async () => {
      const model = await this.#network.activationModel(this.#layers, this.#form);
      return openBatched(model, this.#network.batch, this.#createSession, this.#options);
    });
  }

  #atSize<T>(size: readonly [number, number], use: (session: Session) => Promise<T>): Promise<T> {
    return this.#keep(`gradients ${size.join(' x ')}`, size, use, async () => {
      const model = await this.#network.gradientModel(this.#layers, size, this.#form);
      return this.#createSession(model, this.#options);
    });
  }

  #keep<T>(
    what: string,
    size: readonly [number, number],
    use: (session: Session) => Promise<T>,
    open: () => Promise<Session>,
  ): Promise<T> {
    const key = [what, this.#device, ...this.#layers].join(' ');
    const place = { owner: this.#network, key, bytes: this.#network.sessionBytes(...size) };
    return this.#sessions.use(
      place,
      async () => ({ session: await open() }),
      ({ session }) => use(session),
    );
  }

  /** A method's sessions never run at the same time as the model's. */
  get #options(): SessionOptions {
    return { device: this.#device, purpose: 'in turn' };
  }

  get #form(): NetworkDevice {
    return interfaceOf(this.#device);
  }
}

function withoutBatch(value: Tensor): FeatureMaps {
  return reshape(value as Tensor<'float32'>, value.shape.slice(1));
}
