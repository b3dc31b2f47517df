/** The server's processing of pictures: decoding, model, refinement, each limited to a few at a time. */

import { setMaxListeners } from 'node:events';
import type { ValueRange } from '../data/picture/value-range.ts';
import { encodePng } from '../data/picture/write-picture.ts';
import { unlessAborted } from '../data/threads/unless-aborted.ts';
import { WorkerPool } from '../data/threads/worker-pool.ts';
import { OutOfMemoryError } from '../errors/out-of-memory-error.ts';
import { classOf } from '../explain/class-of.ts';
import {
  type Classes,
  type Explained,
  explainWith,
  forClasses,
  type Looker,
  NoEvidenceError,
} from '../explain/explain.ts';
import type { RefineOptions } from '../refine/pipeline.ts';
import type { SessionCache } from '../runtime/session-cache.ts';
import { type Picture, tensor } from '../tensor/tensor.ts';
import { Admission, type Entry } from './admission.ts';
import type { Body } from './body.ts';
import type { Content } from './form.ts';
import { Gate } from './gate.ts';
import type { Metrics } from './metrics.ts';
import { checkOutputs, endingOf, type Output } from './outputs.ts';
import {
  checkImSize,
  type ExplainParameters,
  explainParameters,
  type ModelParameters,
  type ParameterRules,
  type ParameterSchema,
  type PredictParameters,
  parseParameters,
  predictParameters,
  refineOptionsOf,
} from './parameters.ts';
import type { DecodedPicture, PictureResult, PictureTask, Refined, Refused } from './picture-work.ts';
import { clientGone, faultProblem, Problem } from './problem.ts';
import { ResultStore, type StoredFile } from './result-store.ts';
import type { ServedModel } from './served-model.ts';

export interface ServiceLimits {
  /** Limit on a picture's pixels. */
  readonly maxPixels: number;
  /** The values for black and white in pictures with other than 8 bits. */
  readonly valueRange?: ValueRange;
  /** Limit on the pixels of a mask, a cut-out, an overlay. */
  readonly maxResultPixels: number;
  /** The largest allowed input size of a model, in pixels. */
  readonly maxImSize: number;
  /** Limit on requests in progress, waiting ones included. */
  readonly maxRequests: number;
  /** Time limit of a request in seconds, from the end of its body on. */
  readonly timeout: number;
  /** Threads that decode and refine. */
  readonly workers: number;
  /** Limit on the bytes of results stored for links. */
  readonly storeBytes: number;
  /** Seconds for which they are stored. */
  readonly storeSeconds: number;
}

/** The options of a service. */
export interface ServiceOptions extends ServiceLimits {
  /** At least one; the first is the default. */
  readonly models: readonly ServedModel[];
  readonly imSize?: number;
  readonly metrics: Metrics;
  /** The models' session cache, for the metrics. */
  readonly sessions?: SessionCache;
  /** The module of the threads, without its extension, as for `WorkerPool`. Default: `picture-worker`. */
  readonly pictureWorker?: URL;
  /** Called with internal errors about one of several pictures; an error of the whole request is thrown. */
  readonly onFault?: (error: unknown) => void;
}

/**
 * This many pixels of results, over all classes, count as one request, because their memory grows with them.
 */
const pixelsAPlace = 2 ** 22;

/** The signals that end the work on a request. */
interface Span {
  /** Aborted when the result is no longer needed: the request leaves all queues. */
  readonly signal: AbortSignal;
  /** Aborted when its time is over: a thread that still works on it is ended. */
  readonly over: AbortSignal;
}

/** What a request asks for each of its pictures. */
interface AskedExplanation {
  readonly served: ServedModel;
  readonly parameters: ExplainParameters;
  readonly options: RefineOptions;
  readonly choice: Classes;
}

type Pairs = Iterable<readonly [name: string, value: string]>;

export class Service {
  readonly models: ReadonlyMap<string, ServedModel>;
  readonly rules: ParameterRules;
  readonly admission: Admission;
  readonly results: ResultStore;
  readonly #options: ServiceOptions;
  readonly #pool: WorkerPool<PictureTask, PictureResult>;
  readonly #gate: Gate;
  readonly #predict: ParameterSchema<PredictParameters>;
  readonly #explain: ParameterSchema<ExplainParameters>;

  constructor(options: ServiceOptions) {
    const { models, maxImSize, maxRequests, workers, storeBytes, storeSeconds, metrics } = options;
    this.#options = options;
    this.models = new Map(models.map((model) => [model.name, model]));
    const sizes = models.map(({ model }) => this.#sizeOf(model.imSize));
    this.rules = {
      models: models.map(({ name }) => name),
      sizes: models.map(({ sizes: rule }) => rule),
      methods: [...new Set(models.flatMap(({ methods }) => methods))],
      maxImSize: Math.max(maxImSize, ...sizes),
    };
    this.#predict = predictParameters(this.rules);
    this.#explain = explainParameters(this.rules);
    this.admission = new Admission(maxRequests);
    this.results = new ResultStore({ maxBytes: storeBytes, maxAge: 1000 * storeSeconds });
    const { pictureWorker = new URL('./picture-worker', import.meta.url) } = options;
    this.#pool = new WorkerPool(pictureWorker, workers);
    this.#gate = new Gate(workers);
    metrics.watch({
      inWork: () => this.admission.inWork,
      waiting: () => models.reduce((sum, { waiting }) => sum + waiting, 0),
      storedBytes: () => this.results.bytes,
      sessionBytes: () => options.sessions?.bytes ?? 0,
    });
  }

  /** Starts threads and runs models once, so that the first request is not slower than others. */
  async warmUp(): Promise<void> {
    const { workers, maxPixels } = this.#options;
    for (const served of this.models.values()) {
      const { channels, imSize } = served;
      const size = this.#sizeOf(imSize);
      const seen = tensor('uint8', [size, size, channels]);
      const bytes = await encodePng(seen);
      const task = {
        kind: 'decode',
        bytes,
        maxPixels,
        size,
        channels: channels as 1 | 3,
        display: true,
      } as const;
      await Promise.all(Array.from({ length: workers }, () => this.#pool.run(task)));
      await served.look(seen);
    }
  }

  /**
   * The answer to `POST /v1/predict`.
   * @param gone aborted when the client disconnects
   * @throws Problem
   */
  predict(body: Body, query: Pairs, gone: AbortSignal): Promise<object> {
    return this.#work(gone, async (span, take) => {
      const content = await this.#read(body, span);
      const parameters = parseParameters(this.#predict, [...query, ...content.fields]);
      const served = this.model(parameters.model);
      take(content.images.length);
      return await this.#each(content, async (image) => {
        const decoded = await this.#decode(image, served, parameters, false, span);
        const { predictions } = await this.#looker(served, span).look(decoded.seen, {});
        return {
          model: served.name,
          picture_size: decoded.size,
          covers: decoded.covers,
          notes: decoded.notes,
          predictions: predictions.slice(0, parameters.top_k),
        };
      });
    });
  }

  /**
   * The answer to `POST /v1/explain`.
   * @param gone aborted when the client disconnects
   * @throws Problem
   */
  explain(body: Body, query: Pairs, gone: AbortSignal): Promise<object> {
    return this.#work(gone, async (span, take) => {
      const content = await this.#read(body, span);
      const parameters = parseParameters(this.#explain, [...query, ...content.fields]);
      const { method, outputs } = parameters;
      const served = this.model(parameters.model);
      checkMethod(served, method);
      const options = refineOptionsOf(parameters);
      checkOutputs(outputs, options.refiner ?? served.refinerOf(method));
      const choice = chooseClasses(served, parameters);
      take(content.images.length);
      let places = 0;
      const asked = { served, parameters, options, choice };
      return await this.#each(content, (image) =>
        this.#explainOne(image, asked, span, (more) => {
          places += more;
          take(places);
        }),
      );
    });
  }

  /** @param takeMore takes further places of the limit on requests */
  async #explainOne(
    image: Uint8Array,
    { served, parameters, options, choice }: AskedExplanation,
    span: Span,
    takeMore: (places: number) => void,
  ): Promise<object> {
    const { method, outputs, format, deliver, top, side } = parameters;
    const decoded = await this.#decode(image, served, parameters, true, span);
    const { size, covers, seen, picture = seen, notes } = decoded;
    const { maxResultPixels: mostPixels } = this.#options;
    const classes = top ?? parameters.class?.length ?? 1;
    takeMore(Math.ceil((classes * Math.min(size[0] * size[1], mostPixels)) / pixelsAPlace));
    const of = await forClasses(choice, (which) =>
      explainWith(
        this.#looker(served, span),
        { seen: () => seen, shown: () => picture },
        { class: which, method },
        (maps) =>
          this.#inWorker<Refined>('refine', span, {
            kind: 'refine',
            maps: { ...maps, covers },
            bytes: image,
            mostPixels,
            side,
            valueRange: this.#options.valueRange,
            options,
            outputs,
            format,
          }),
      ).catch(refuseWithoutEvidence),
    );
    const record = ({ explained, refinement }: Explained<Refined>): object => ({
      explained_class: explained,
      ...refinement.record,
      outputs: deliver === 'link' ? this.#store(refinement.outputs) : inline(refinement.outputs),
    });
    const [{ predictions }] = [of].flat();
    return {
      model: served.name,
      method,
      covers,
      notes,
      predictions: predictions.slice(0, 5),
      ...(Array.isArray(of) ? { classes: of.map(record) } : record(of)),
    };
  }

  /**
   * The answer for a single picture, or the list of answers for several, in order; a picture that fails has
   * an error instead.
   */
  async #each({ images, isList }: Content, answer: (image: Uint8Array) => Promise<object>): Promise<object> {
    if (!isList) return await answer(images[0]);
    const settled = await Promise.allSettled(images.map(answer));
    return {
      pictures: settled.map((one) => {
        if (one.status === 'fulfilled') return one.value;
        if (one.reason instanceof Problem) return { error: one.reason.content };
        this.#options.onFault?.(one.reason);
        return { error: faultProblem().content };
      }),
    };
  }

  /**
   * The model with this name, or the default one.
   * @throws Problem 422 when there is none
   */
  model(name: string = this.rules.models[0]): ServedModel {
    const model = this.models.get(name);
    if (model !== undefined) return model;
    throw new Problem(
      422,
      `model: one of ${this.rules.models.join(', ')} is needed, got '${name.slice(0, 64)}'`,
    );
  }

  /** Ends threads, and releases the models, except one that still computes and needs its memory. */
  async end(): Promise<void> {
    const idle = this.admission.inWork === 0;
    this.#pool.end();
    if (idle) for (const { model } of this.models.values()) await model.release();
  }

  #sizeOf(trained: number): number {
    return this.#options.imSize ?? trained;
  }

  /**
   * Admits a request, and gives up on it when its time is over or its client has disconnected; it counts
   * until its work has really ended. Threads that still work on it when its time is over are ended.
   */
  async #work<T>(gone: AbortSignal, work: (span: Span, take: Entry['take']) => Promise<T>): Promise<T> {
    const { timeout } = this.#options;
    const { take, leave: done } = this.admission.enter();
    const controller = new AbortController();
    const { signal } = controller;
    const leave = (): void => controller.abort(new Problem(clientGone, 'the client disconnected'));
    const time = new AbortController();
    setMaxListeners(0, signal, time.signal); // each picture of a request adds a listener
    const late = setTimeout(() => {
      const problem = new Problem(503, `not finished within ${timeout} s`, { 'Retry-After': '10' });
      controller.abort(problem);
      time.abort(problem);
    }, 1000 * timeout);
    if (gone.aborted) leave();
    gone.addEventListener('abort', leave, { once: true });
    const working = work({ signal, over: time.signal }, take).finally(() => {
      clearTimeout(late);
      gone.removeEventListener('abort', leave);
      done();
    });
    return await unlessAborted(working, signal);
  }

  /** The pictures and parameters of a body. */
  async #read({ bytes, formType }: Body, span: Span): Promise<Content> {
    if (formType === undefined) return { images: [bytes], isList: false, fields: [] };
    return this.#inWorker('form', span, { kind: 'form', bytes, type: formType });
  }

  /** @throws Problem 422 when the model does not accept the size, or the picture is refused */
  async #decode(
    bytes: Uint8Array,
    { name, imSize, sizes, crop, channels }: ServedModel,
    { im_size: size = this.#sizeOf(imSize) }: ModelParameters,
    display: boolean,
    span: Span,
  ): Promise<DecodedPicture> {
    checkImSize(name, sizes, size);
    const { maxPixels, valueRange } = this.#options;
    return this.#inWorker('decode', span, {
      kind: 'decode',
      bytes,
      maxPixels,
      size,
      channels: channels as 1 | 3,
      crop,
      display,
      valueRange,
    });
  }

  /**
   * The model, bound to this request's signal. Which part of a picture it sees was decided when it was
   * decoded.
   */
  #looker(served: ServedModel, { signal }: Span): Looker<string> {
    const { imSize, channels } = served;
    const { metrics } = this.#options;
    return {
      imSize,
      channels,
      look: (seen, asked) =>
        metrics
          .stage('infer', () => served.look(seen, asked, signal))
          .catch((error: unknown) => refuseSize(served, seen, error)),
    };
  }

  /** @throws Problem when the form or the picture is refused */
  async #inWorker<T extends Exclude<PictureResult, Refused>>(
    stage: PictureTask['kind'],
    { signal, over }: Span,
    task: PictureTask,
  ): Promise<T> {
    const work = (): Promise<PictureResult> => this.#gate.run(() => this.#runTask(task, over), signal);
    const result = await this.#options.metrics.stage(stage, work);
    if ('refused' in result) throw new Problem(result.status, result.refused);
    return result as T;
  }

  /**
   * Runs a task in a thread. The gate admits as many tasks as there are threads, so an ended thread had only
   * this one.
   */
  async #runTask(task: PictureTask, over: AbortSignal): Promise<PictureResult> {
    over.throwIfAborted();
    try {
      return await unlessAborted(this.#pool.run(task, over), over);
    } finally {
      if (over.aborted) this.#startThread();
    }
  }

  /** Starts a thread to replace one that was ended, so that the next request need not wait for it. */
  #startThread(): void {
    const task = { kind: 'form', bytes: new Uint8Array(), type: '' } as const;
    // The result is not needed.
    this.#gate.run(() => this.#pool.run(task)).catch(() => {});
  }

  #store(outputs: readonly Output[]): object {
    const name = (output: Output): string => `${output.name}.${endingOf(output)}`;
    const files = new Map<string, StoredFile>(outputs.map((output) => [name(output), output]));
    const id = this.results.put(files);
    if (id === undefined) {
      throw new Problem(
        422,
        `these outputs have more bytes than can be stored; request fewer, or deliver=inline`,
      );
    }
    const entries = outputs.map((output) => {
      const { type, shape } = output;
      return [output.name, { type, shape, href: `/v1/results/${id}/${name(output)}` }];
    });
    return Object.fromEntries(entries);
  }
}

function inline(outputs: readonly Output[]): object {
  return Object.fromEntries(
    outputs.map(({ name, type, shape, bytes }) => [
      name,
      { type, shape, base64: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64') },
    ]),
  );
}

/** @throws Problem 422 when the model has no such method */
function checkMethod({ name, methods }: ServedModel, method: string): void {
  if (methods.includes(method)) return;
  throw new Problem(422, `method: the model ${name} has ${methods.join(', ')}, got '${method}'`);
}

/**
 * An imported classifier may fail at sizes that its file allows, for example if it has more strides than
 * pixels.
 * @throws Problem 422 when it failed at such a size
 */
function refuseSize({ name, model }: ServedModel, { shape: [size] }: Picture, error: unknown): never {
  const other = model.imported !== undefined && size !== model.imSize;
  if (!other || error instanceof Problem || error instanceof OutOfMemoryError) throw error;
  throw new Problem(422, `im_size: the model ${name} does not work at ${size} x ${size} pixels`);
}

/** @throws Problem 422 when a method's map is 0 everywhere */
function refuseWithoutEvidence(error: unknown): never {
  throw error instanceof NoEvidenceError ? new Problem(422, error.message) : error;
}

/** @throws Problem 422 when the model has no such class, or fewer classes */
function chooseClasses({ model }: ServedModel, { class: names, top }: ExplainParameters): Classes {
  const { length } = model.classes;
  if (top !== undefined && names !== undefined) throw new Problem(422, 'class and top exclude each other');
  if (top !== undefined && top > length)
    throw new Problem(422, `top: the model has ${length} classes, got ${top}`);
  try {
    const indices = names?.map((text) => classOf(model, text));
    return { class: indices?.length === 1 ? indices[0] : indices, top };
  } catch (error) {
    throw new Problem(422, (error as Error).message);
  }
}
