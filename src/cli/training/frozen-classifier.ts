/**
 * The outputs of a frozen classifier: the feature maps that an expansion reads, and raw maps of given
 * classes.
 */
import { type ImportedClassifier, importedNetwork } from '../../classifier/imported-classifier.ts';
import type { CamMethod } from '../../explain/cam-method.ts';
import { centered, classifierWeights } from '../../explain/methods/cam.ts';
import { openMethod } from '../../explain/methods/index.ts';
import { weightedSum } from '../../explain/methods/weighted-sum.ts';
import { logitsName, mapsName, type Network } from '../../models/network.ts';
import { createSession } from '../../runtime/node.ts';
import { openBatched } from '../../runtime/open-batched.ts';
import { type Device, interfaceOf, type Session } from '../../runtime/session.ts';
import { itemAt, itemsBetween } from '../../tensor/batch.ts';
import { type Tensor, tensor } from '../../tensor/tensor.ts';

/** The outputs for a batch of pictures. */
export interface Seen {
  /** `[N, M]` */
  readonly logits: Tensor<'float32'>;
  /** Feature maps `[N, K, h, w]`, by layer name. */
  readonly features: ReadonlyMap<string, Tensor<'float32'>>;
}

export class FrozenClassifier {
  readonly #network: Network;
  readonly #layers: readonly string[];
  readonly #session: Session;
  /** The channel weights of each class, for a linear head. */
  readonly #weights?: Record<'plain' | 'centred', Float64Array[]>;
  /** HiResCAM, for a head that is not linear. */
  readonly #gradients?: CamMethod;

  private constructor(
    network: Network,
    layers: readonly string[],
    session: Session,
    gradients: CamMethod | undefined,
  ) {
    this.#network = network;
    this.#layers = layers;
    this.#session = session;
    this.#gradients = gradients;
    if (network.headWeights) {
      const plain = classifierWeights(network, 'cam');
      this.#weights = { plain, centred: centered(plain) };
    }
  }

  /** @param layers layers to output besides the one of the maps */
  static async open(
    classifier: ImportedClassifier,
    layers: readonly string[],
    device: Device,
  ): Promise<FrozenClassifier> {
    const network = importedNetwork(classifier, createSession);
    const all = [network.layers.target, ...layers];
    const model = await network.activationModel(all, interfaceOf(device));
    const session = await openBatched(model, network.batch, createSession, { device, purpose: 'in turn' });
    const isLinear = network.headWeights !== undefined;
    const gradients = isLinear ? undefined : await openMethod('hirescam', network, createSession, { device });
    return new FrozenClassifier(network, all, session, gradients);
  }

  async look(images: Tensor<'float32'>): Promise<Seen> {
    const result = await this.#session.run({ image: images }, [logitsName, ...this.#layers.map(mapsName)]);
    const maps = (name: string): Tensor<'float32'> => result[mapsName(name)] as Tensor<'float32'>;
    return {
      logits: result[logitsName] as Tensor<'float32'>,
      features: new Map(this.#layers.map((name) => [name, maps(name)])),
    };
  }

  /**
   * The raw map of each class of each picture, `[N, S, h, w]`; zeros when a picture has fewer than S classes.
   * This is the CAM for a linear head, else HiResCAM.
   * @param seen the outputs for the same pictures
   * @param classes at most S for each picture
   * @param how 'centred': for a linear head, subtracts the mean of all classes' maps, which is not specific
   * to the class
   */
  async evidence(
    images: Tensor<'float32'>,
    { features }: Seen,
    classes: readonly (readonly number[])[],
    slots: number,
    how: 'plain' | 'centred' = 'plain',
  ): Promise<Tensor<'float32'>> {
    const weights = this.#weights?.[how];
    const maps = features.get(this.#network.layers.target) as Tensor<'float32'>;
    const [n, , h, w] = maps.shape;
    const out = tensor('float32', [n, slots, h, w]);
    for (const [i, own] of classes.entries()) {
      const found = weights
        ? own.map((one) => weightedSum(itemAt(maps, i), weights[one]).data)
        : await this.#byGradients(itemsBetween(images, i, i + 1), own);
      for (const [s, map] of found.entries()) out.data.set(map, (i * slots + s) * h * w);
    }
    return out;
  }

  /** @param image `[1, H, W, C]` */
  async #byGradients(image: Tensor<'float32'>, classes: readonly number[]): Promise<Float32Array[]> {
    const method = this.#gradients as CamMethod;
    const maps: Float32Array[] = [];
    for (const one of classes) maps.push((await method.maps(image, [one])).data);
    return maps;
  }

  async release(): Promise<void> {
    await this.#session.release();
    await this.#gradients?.release?.();
  }
}
