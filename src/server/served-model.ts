/** A model of the server. */
import { createHash } from 'node:crypto';
import { toImages } from '../data/picture/unit-range.ts';
import type { CamMethod } from '../explain/cam-method.ts';
import type { Asked, Looker } from '../explain/explain.ts';
import type { FullModel } from '../explain/full-model.ts';
import { type Look, lookAt, refinerOf } from '../explain/look.ts';
import type { Network, SizeRule } from '../models/network.ts';
import type { Refiner } from '../refine/pipeline.ts';
import type { Device } from '../runtime/session.ts';
import { stack } from '../tensor/batch.ts';
import type { Picture } from '../tensor/tensor.ts';
import { untilAborted } from './abortable-session.ts';
import { Batcher } from './batcher.ts';

/** The network's own method, whose maps are computed with the prediction. */
export const networkMethod = 'cam';

/** An image to explain, with one of the model's `methods`. */
interface Request extends Asked<string> {
  /** uint8 `[H, W, C]`, height and width as the model accepts them. */
  readonly seen: Picture;
}

/** The parts of a model that the server uses. */
export interface ServedCamModel
  extends Pick<
    FullModel,
    | 'type'
    | 'expansion'
    | 'imported'
    | 'crop'
    | 'classes'
    | 'imSize'
    | 'channels'
    | 'explain'
    | 'expand'
    | 'topN'
    | 'classIndex'
    | 'release'
  > {
  readonly network: Pick<Network, 'sizes'>;
}

export interface ServedModelOptions {
  readonly name: string;
  readonly model: ServedCamModel;
  /** The model's file, for pages that fetch it. */
  readonly file: Uint8Array;
  readonly device: Device;
  /** Further methods, whose maps replace the network's own two. */
  readonly methods?: readonly CamMethod[];
  readonly maxBatch: number;
  /** In milliseconds, as in `BatcherOptions`. */
  readonly batchWait: number;
  readonly onBatch?: (size: number) => void;
}

/** Explains pictures as a model does, in batches of those that wait. */
export class ServedModel implements Looker<string> {
  readonly name: string;
  readonly model: ServedCamModel;
  readonly file: Uint8Array;
  /** SHA-256 of the file, in hexadecimal. */
  readonly sha256: string;
  readonly device: Device;
  readonly #methods: ReadonlyMap<string, CamMethod>;
  /** One batcher for each method, so that slow methods do not delay others. */
  readonly #batchers: ReadonlyMap<string, Batcher<Request, Look>>;

  constructor(options: ServedModelOptions) {
    const { name, model, file, device, methods = [], maxBatch, batchWait, onBatch } = options;
    this.name = name;
    this.model = model;
    this.file = file;
    this.sha256 = createHash('sha256').update(file).digest('hex');
    this.device = device;
    this.#methods = new Map(methods.map((method) => [method.name, method]));
    const batcher = (): Batcher<Request, Look> =>
      new Batcher({
        run: (requests, signal) => untilAborted(signal, () => this.#lookAt(requests)),
        keyOf: ({ seen }) => String(seen.shape),
        most: maxBatch,
        wait: batchWait,
        onBatch,
      });
    this.#batchers = new Map(this.methods.map((method) => [method, batcher()]));
  }

  /** Names of its methods, the network's own first. */
  get methods(): readonly string[] {
    return [networkMethod, ...this.#methods.keys()];
  }

  /** Images that wait for the model. */
  get waiting(): number {
    return [...this.#batchers.values()].reduce((sum, { waiting }) => sum + waiting, 0);
  }

  get imSize(): number {
    return this.model.imSize;
  }

  get channels(): number {
    return this.model.channels;
  }

  get crop(): number | undefined {
    return this.model.crop;
  }

  get sizes(): SizeRule {
    return this.model.network.sizes;
  }

  /**
   * The model's results for one image; computed in a batch with waiting images of its size and method.
   * @param asked with the name of one of `methods`; default `networkMethod`
   * @param signal aborted when the result is no longer needed: its batch, if it has no other image, then
   * stops before the next run
   * @throws the signal's reason
   */
  look(seen: Picture, asked: Asked<string> = {}, signal?: AbortSignal): Promise<Look> {
    const { method = networkMethod } = asked;
    const batcher = this.#batchers.get(method);
    if (batcher === undefined) throw new Error(`internal: the model ${this.name} has no method ${method}`);
    return batcher.run({ ...asked, method, seen }, signal);
  }

  /** The default refiner of a method's maps. */
  refinerOf(method: string): Refiner {
    return refinerOf(this.model, this.#methodNamed(method));
  }

  /** Computes requests with one size and one method. */
  #lookAt(requests: readonly Request[]): Promise<Look[]> {
    const [{ method = networkMethod }] = requests;
    const images = toImages(stack(requests.map(({ seen }) => seen)));
    const choices = requests.map((request) => request.class);
    return lookAt(this.model, images, choices, this.#methodNamed(method));
  }

  /** The method by its name; undefined: the model's own maps. */
  #methodNamed(name: string): CamMethod | undefined {
    const method = this.#methods.get(name);
    if (method === undefined && name !== networkMethod) {
      throw new Error(`internal: the model ${this.name} has no method ${name}`);
    }
    return method;
  }
}
