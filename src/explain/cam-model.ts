/** What half and full models share: a session, and one pass that computes all results. */
import { Expander } from '../classifier/expander.ts';
import type { ImportFacts } from '../classifier/facts.ts';
import {
  decodeImported,
  type ImportedClassifier,
  importedNetwork,
  isImportedFile,
} from '../classifier/imported-classifier.ts';
import { ImportedSession } from '../classifier/imported-session.ts';
import { formatClassifierSummary } from '../classifier/summary.ts';
import { type ClassEntry, ClassMapper } from '../data/dataset/class-names.ts';
import { toImage } from '../data/picture/unit-range.ts';
import { ModelKindError } from '../errors/model-kind-error.ts';
import { encodeOnnx } from '../graph/onnx/proto.ts';
import { forCpu } from '../graph/rewrite/cpu.ts';
import { forGpu } from '../graph/rewrite/gpu.ts';
import { networkOf } from '../models/densenet-network.ts';
import { inferenceGraph } from '../models/inference.ts';
import type { Expansion, Model, ModelType } from '../models/model.ts';
import { decodeModelFile } from '../models/model-file.ts';
import type { Network } from '../models/network.ts';
import { formatSummary, summarize } from '../models/summary.ts';
import { openBatched } from '../runtime/open-batched.ts';
import { type CreateSession, interfaceOf, type Session, type SessionOptions } from '../runtime/session.ts';
import type { SessionCache } from '../runtime/session-cache.ts';
import { itemAt } from '../tensor/batch.ts';
import { type Picture, type Tensor, tensor } from '../tensor/tensor.ts';
import type { Asked, Looker } from './explain.ts';
import { checkImages } from './images.ts';
import { type Look, lookAt } from './look.ts';
import { openMethod } from './methods/index.ts';

/** A class by index or by name; undefined: the predicted class. Index 0 is a class like any other. */
export type ClassChoice = number | string | undefined;

/** A class with its probability. */
export interface Prediction {
  readonly index: number;
  readonly name: string;
  /** In [0, 1]. */
  readonly probability: number;
}

/** The results of one pass on images `[N, H, W, C]`. */
export interface Explanation {
  /** `[N, M]` */
  readonly probabilities: Tensor<'float32'>;
  /** Indices of the explained classes, `[N]`. */
  readonly explainedClass: readonly number[];
  /**
   * `[N, h, w]`, raw and signed: its mean plus the class's bias is the logit, unless the head of an imported
   * classifier is not linear. h = H/16, w = W/16; of an imported classifier, the size of its feature maps.
   */
  readonly lowResCam: Tensor<'float32'>;
  /**
   * `[N, H, W]`, raw and signed; full models only. With all expansions but 'reconstruction', its mean is that
   * of `lowResCam`.
   */
  readonly highResCam?: Tensor<'float32'>;
}

/**
 * A model with its session: predictions and class activation maps. What half and full models share;
 * `HalfModel` and `FullModel` load them.
 * @example
 * ```ts
 * import { CamModel, random, renderScene } from 'high-res-mapping';
 * import { loadModel, toImage } from 'high-res-mapping/node';
 *
 * const model = await loadModel('models/scenes.onnx'); // full
 * const { picture } = renderScene({ shape: 'star', size: model.imSize, random: random(1) });
 * const [[best]] = await model.predictN(toImage(picture), 1);
 * console.log(best.name, best.probability.toFixed(2)); //=> star 1.00
 * const { lowResCam, highResCam } = await model.explain(toImage(picture), 'cross');
 * console.log(lowResCam.shape, highResCam?.shape); //=> [ 1, 4, 4 ] [ 1, 64, 64 ]
 * console.log(model instanceof CamModel); //=> true
 * await model.release();
 * ```
 */
export class CamModel implements Looker {
  readonly type: ModelType;
  /** The kind of a full model's expansion; undefined for half models. */
  readonly expansion?: Expansion | 'transport';
  /** Of an imported classifier: what is known of it. */
  readonly imported?: ImportFacts;
  readonly crop?: number;
  /** Class names, by index. */
  readonly classes: readonly string[];
  /** The size it was trained at, in pixels. */
  readonly imSize: number;
  readonly channels: number;
  /** How it was trained, for people to read; undefined where the file does not say it. */
  readonly training?: Readonly<Record<string, unknown>>;
  /** Its layers, for CAM methods. */
  readonly network: Network;
  readonly #model: Model | ImportedClassifier;
  readonly #session: Session;
  readonly #expander?: Expander;
  readonly #createSession: CreateSession;

  protected constructor({ model, network, session, expander, createSession }: OpenedModel) {
    const own = 'imported' in model ? undefined : model;
    this.type = model.type;
    this.expansion =
      model.type === 'half' ? undefined : own ? (own.expansion ?? 'reconstruction') : 'transport';
    this.imported = 'imported' in model ? model.imported : undefined;
    const fit = this.imported?.fit ?? 'squash';
    this.crop = fit === 'squash' ? undefined : fit.crop;
    this.classes = model.classes;
    this.imSize = model.imSize;
    this.channels = model.channels;
    this.training = model.training;
    this.network = network;
    this.#model = model;
    this.#session = session;
    this.#expander = expander;
    this.#createSession = createSession;
  }

  /** Its layers, as text: shapes, and parameter counts where they are known. */
  summary(): string {
    const model = this.#model;
    return 'imported' in model ? formatClassifierSummary(model) : formatSummary(summarize(model));
  }

  /**
   * Class probabilities `[N, M]` of images `[N, H, W, C]` in [0, 1], height and width as the network accepts
   * them (`network.sizes`): multiples of 32, unless the classifier is imported.
   * @throws when the images have another shape or range
   */
  async predict(images: Tensor<'float32'>): Promise<Tensor<'float32'>> {
    return (await this.explain(images)).probabilities;
  }

  /**
   * The `n` most probable classes of each image, most probable first.
   * @throws as `predict`, or when `n` is not in 1..M
   */
  async predictN(images: Tensor<'float32'>, n: number): Promise<Prediction[][]> {
    return this.topN(await this.predict(images), n);
  }

  /**
   * The `n` most probable classes of each row of `[N, M]`, most probable first; ties in the order of the
   * classes.
   */
  topN(probabilities: Tensor<'float32'>, n: number): Prediction[][] {
    const m = this.classes.length;
    if (!Number.isInteger(n) || n < 1 || n > m)
      throw new Error(`topN: n is a whole number from 1 to ${m}, got ${n}`);
    return Array.from({ length: probabilities.shape[0] }, (_, i) => {
      return Array.from(itemAt(probabilities, i).data, (probability, index) => ({
        index,
        name: this.classes[index],
        probability,
      }))
        .sort((a, b) => b.probability - a.probability)
        .slice(0, n);
    });
  }

  /**
   * Probabilities and maps in one pass.
   * @param images `[N, H, W, C]` in [0, 1], height and width as in `predict`
   * @param choice the class to explain, for all images or one for each; default: each image's predicted class
   * @throws when the images have another shape or range, or a class does not exist
   */
  async explain(
    images: Tensor<'float32'>,
    choice?: ClassChoice | readonly ClassChoice[],
  ): Promise<Explanation> {
    checkImages(images, this.network);
    const n = images.shape[0];
    const choices = Array.isArray(choice)
      ? (choice as readonly ClassChoice[])
      : Array<ClassChoice>(n).fill(choice as ClassChoice);
    if (choices.length !== n)
      throw new Error(`explain: one class for each of ${n} images is needed, got ${choices.length}`);
    const outputs = this.#session.outputNames.filter((name) => name !== 'reconstruction');
    const feeds = {
      image: images,
      class_index: tensor(
        'int64',
        [n],
        choices.map((one) => this.classIndex(one) ?? -1),
      ),
    };
    const result = await this.#session.run(feeds, outputs);
    return {
      probabilities: result.probabilities as Tensor<'float32'>,
      explainedClass: Array.from(result.explained_class.data, Number),
      lowResCam: result.low_res_cam as Tensor<'float32'>,
      highResCam: result.high_res_cam as Tensor<'float32'> | undefined,
    };
  }

  /**
   * Moves the evidence of maps to full resolution, as the expansion 'transport' does with the low-res map.
   * @param images as in `explain`
   * @param maps raw, `[N, h, w]`, as CAM methods compute them
   * @returns `[N, H, W]`; undefined where the model has no such expansion, or h x w is not the low-res map's
   * size
   */
  async expand(images: Tensor<'float32'>, maps: Tensor<'float32'>): Promise<Tensor<'float32'> | undefined> {
    return this.#expander?.expand(images, maps);
  }

  /**
   * Predictions and maps for one picture: uint8 `[H, W, C]`, height and width as in `predict`.
   * @param asked a method given by its name is opened for this call alone, on the CPU
   */
  async look(seen: Picture, { class: choice, method, layers }: Asked = {}): Promise<Look> {
    const image = toImage(seen);
    if (typeof method !== 'string') {
      if (layers) throw new Error('explain: layers need the name of a method');
      return (await lookAt(this, image, [choice], method))[0];
    }
    const opened = await openMethod(method, this.network, this.#createSession, { layers });
    try {
      return (await lookAt(this, image, [choice], opened))[0];
    } finally {
      await opened.release?.();
    }
  }

  /**
   * The index of a class given by index or name; undefined stays undefined.
   * @throws when there is no such class
   */
  classIndex(choice: ClassChoice): number | undefined {
    if (choice === undefined) return undefined;
    const index = typeof choice === 'number' ? choice : this.#indexOf(choice);
    if (Number.isInteger(index) && index >= 0 && index < this.classes.length) return index;
    if (typeof choice === 'number')
      throw new Error(`class: an index from 0 to ${this.classes.length - 1} is needed, got ${choice}`);
    const near = new ClassMapper(entriesOf(this.classes)).near(choice);
    const hint = near.length > 0 ? `; did you mean ${near.map((name) => `'${name}'`).join(', ')}?` : '';
    const list = `${this.classes.slice(0, 20).join(', ')}${this.classes.length > 20 ? ', ...' : ''}`;
    throw new Error(`class: there is no '${choice}'${hint}${hint ? ' The' : '; the'} classes are ${list}`);
  }

  /**
   * Ignores case, and takes `_` and `-` for spaces, unless that makes the name ambiguous.
   * @returns -1 where the name does not match exactly one class
   */
  #indexOf(name: string): number {
    const exact = this.classes.indexOf(name);
    if (exact >= 0) return exact;
    const found = new ClassMapper(entriesOf(this.classes)).find(name);
    return found.length === 1 ? found[0] : -1;
  }

  /** Releases the model's session. */
  async release(): Promise<void> {
    await Promise.all([this.#session.release(), this.#expander?.release()]);
  }
}

/** Class names may occur twice, indices do not. */
function entriesOf(classes: readonly string[]): ClassEntry[] {
  return classes.map((name, index) => ({ id: `#${index}`, names: [name] }));
}

/** A model, its network and session, and the function that creates further sessions. */
export interface OpenedModel {
  readonly model: Model | ImportedClassifier;
  readonly network: Network;
  readonly session: Session;
  readonly expander?: Expander;
  readonly createSession: CreateSession;
}

/** Decodes a model file of the expected kind, or takes a model, and opens its session. */
export async function openModel(
  source: Uint8Array | Model | ImportedClassifier,
  createSession: CreateSession,
  { name = 'the model', type, ...options }: LoadOptions & { readonly type: ModelType },
): Promise<OpenedModel> {
  const isFile = source instanceof Uint8Array;
  const found =
    isFile && isImportedFile(source, name) ? await decodeImported(source, name, createSession) : source;
  if (!(found instanceof Uint8Array)) {
    if (found.type !== type) throw new ModelKindError(name, type, found.type);
    if ('imported' in found) return openImported(found, createSession, name, options);
  }
  const { model, graph } =
    found instanceof Uint8Array
      ? decodeModelFile(found, name, type)
      : { model: found, graph: inferenceGraph(found) };
  const network = networkOf(model);
  const api = interfaceOf(options.device ?? 'cpu');
  if (api !== 'cpu') {
    const session = await createSession(encodeOnnx(forGpu(graph, api)), options);
    return { model, network, session, createSession };
  }
  const bytes = encodeOnnx(forCpu(graph, 'inference'));
  return { model, network, session: await openBatched(bytes, 'any', createSession), createSession };
}

async function openImported(
  model: ImportedClassifier,
  createSession: CreateSession,
  name: string,
  { device, sessions }: LoadOptions,
): Promise<OpenedModel> {
  const network = importedNetwork(model, createSession);
  const session = new ImportedSession(model, createSession, device, sessions, name);
  const { expansion } = model;
  const expander = expansion && new Expander({ ...model, expansion }, createSession, device, sessions);
  return { model, network, session, expander, createSession };
}

/** Options of `HalfModel.load` and `FullModel.load`. */
export interface LoadOptions extends SessionOptions {
  /** Name in error messages, usually the file's. */
  readonly name?: string;
  /**
   * Cache for an imported classifier's sessions, one for each size. Default: the session of the last size is
   * kept.
   */
  readonly sessions?: SessionCache;
}
