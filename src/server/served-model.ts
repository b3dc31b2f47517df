/** A model that the server answers with. */
import { createHash } from 'node:crypto';
import { toUnitRange } from '../data/picture/unit-range.ts';
import type { CamMethod } from '../explain/cam-method.ts';
import type { Explanation } from '../explain/cam-model.ts';
import type { FullModel } from '../explain/full-model.ts';
import type { Device } from '../runtime/session.ts';
import {
  type DType,
  type Picture,
  sizeOf,
  type Tensor,
  type TypedArrayOf,
  tensor,
} from '../tensor/tensor.ts';
import { Batcher } from './batcher.ts';

/** The method of the network itself, whose maps come with its prediction. */
export const networkMethod = 'cam';

/** One image to look at. */
export interface Look {
  /** uint8 `[H, W, C]`, height and width multiples of 32. */
  readonly seen: Picture;
  /** The class to explain; absent: the predicted one. */
  readonly choice?: number;
  /** `networkMethod`, or the name of one of the model's `methods`. */
  readonly method: string;
}

export interface ServedModelOptions {
  readonly name: string;
  readonly model: Pick<
    FullModel,
    'type' | 'expansion' | 'classes' | 'imSize' | 'channels' | 'explain' | 'topN' | 'classIndex' | 'release'
  >;
  /** The model's file, as pages fetch it. */
  readonly file: Uint8Array;
  readonly device: Device;
  /** Further methods, whose map stands in the place of the network's own two. */
  readonly methods?: readonly CamMethod[];
  readonly maxBatch: number;
  /** In milliseconds, as in `BatcherOptions`. */
  readonly batchWait: number;
  readonly onBatch?: (size: number) => void;
}

export class ServedModel {
  readonly name: string;
  readonly model: ServedModelOptions['model'];
  readonly file: Uint8Array;
  /** SHA-256 of the file, in hexadecimal. */
  readonly sha256: string;
  readonly device: Device;
  readonly #methods: ReadonlyMap<string, CamMethod>;
  readonly #batcher: Batcher<Look, Explanation>;

  constructor(options: ServedModelOptions) {
    const { name, model, file, device, methods = [], maxBatch, batchWait, onBatch } = options;
    this.name = name;
    this.model = model;
    this.file = file;
    this.sha256 = createHash('sha256').update(file).digest('hex');
    this.device = device;
    this.#methods = new Map(methods.map((method) => [method.name, method]));
    this.#batcher = new Batcher({
      run: (looks) => this.#explain(looks),
      keyOf: ({ seen, method }) => `${method} ${seen.shape}`,
      most: maxBatch,
      wait: batchWait,
      onBatch,
    });
  }

  /** Names of the methods it has, the network's own first. */
  get methods(): readonly string[] {
    return [networkMethod, ...this.#methods.keys()];
  }

  /** Images that wait for the model. */
  get waiting(): number {
    return this.#batcher.waiting;
  }

  /** Probabilities and maps of one image, N = 1; computed together with others of its size that wait. */
  explain(look: Look, signal?: AbortSignal): Promise<Explanation> {
    return this.#batcher.run(look, signal);
  }

  /** Looks of one size and one method. */
  async #explain(looks: readonly Look[]): Promise<Explanation[]> {
    const [{ seen, method }] = looks;
    const size = sizeOf(seen.shape);
    const images = tensor('float32', [looks.length, ...seen.shape]);
    looks.forEach((look, i) => {
      toUnitRange(look.seen.data, images.data, i * size);
    });
    const found = await this.model.explain(
      images,
      looks.map(({ choice }) => choice),
    );
    const { probabilities, explainedClass } = found;
    // A method's map stands in the place of both, as for `hrm explain`.
    const { lowResCam, highResCam } =
      method === networkMethod
        ? found
        : { lowResCam: await this.#mapsBy(method, images, explainedClass), highResCam: undefined };
    return looks.map((_, i) => ({
      probabilities: row(probabilities, i),
      explainedClass: [explainedClass[i]],
      lowResCam: row(lowResCam, i),
      highResCam: highResCam && row(highResCam, i),
    }));
  }

  #mapsBy(name: string, images: Tensor<'float32'>, classes: readonly number[]): Promise<Tensor<'float32'>> {
    const method = this.#methods.get(name);
    if (method === undefined) throw new Error(`internal: the model ${this.name} has no method ${name}`);
    return method.maps(images, classes);
  }
}

/** The i-th of a batch, as a batch of one, in memory of its own: the batch's is not kept for it. */
function row<D extends DType>({ dtype, shape: [, ...rest], data }: Tensor<D>, i: number): Tensor<D> {
  const size = sizeOf(rest);
  return tensor(dtype, [1, ...rest], data.slice(i * size, (i + 1) * size) as TypedArrayOf[D]);
}
