/** What the server does with a picture: decode, model, refinement, each a few at a time. */

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
  /** The most pixels of a picture. */
  readonly maxPixels: number;
  /** Which values of pictures are black and white, of those that have other values than 8 bits. */
  readonly valueRange?: ValueRange;
  /** The most pixels of a mask, a cut-out, an overlay. */
  readonly maxResultPixels: number;
  /** The largest size, in pixels, at which a model may be told to look. */
  readonly maxImSize: number;
  /** Requests that are worked on at a time, waiting ones included. */
  readonly maxRequests: number;
  /** Seconds that a request may take, from the end of its body on. */
  readonly timeout: number;
  /** Threads that decode and refine. */
  readonly workers: number;
  /** Bytes of results that are kept to be fetched. */
  readonly storeBytes: number;
  /** Seconds that they are kept. */
  readonly storeSeconds: number;
}

/** How models look where nobody says: at the size they were trained at, or another. */
export interface ServiceOptions extends ServiceLimits {
  /** At least one; the first is the default. */
  readonly models: readonly ServedModel[];
  readonly imSize?: number;
  readonly metrics: Metrics;
  /** Where the models keep sessions, for the figures. */
  readonly sessions?: SessionCache;
  /** The module of the threads, without ending, as `WorkerPool` takes it; default: `picture-worker`. */
  readonly pictureWorker?: URL;
  /** Told what went wrong that should not have, with one of several pictures; what fails a request is thrown. */
  readonly onFault?: (error: unknown) => void;
}

/**
 * So many pixels of results, of all classes together, count as one request: what they take in memory grows
 * with them.
 */
const pixelsAPlace = 2 ** 22;

/** Until when a request is worked on. */
interface Span {
  /** Aborted when nobody waits for it any more: it leaves every line that it stands in. */
  readonly signal: AbortSignal;
  /** Aborted when its time is over: a thread that still works on it is ended. */
  readonly over: AbortSignal;
}

/** What is asked of each picture of a request. */
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

  /** Starts threads and models, so that the first request takes as long as the others. */
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

  /** The answer to `POST /v1/predict`. @param gone aborted when the client no longer waits @throws Problem */
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

  /** The answer to `POST /v1/explain`. @param gone aborted when the client no longer waits @throws Problem */
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

  /** @param takeMore takes so many places more of the requests that are worked on */
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

  /** The answer of the one picture, or those of several, in their order: one that fails has an error in its place. */
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

  /** The model that was asked for, or the default one. @throws Problem 422 when there is none of that name */
  model(name: string = this.rules.models[0]): ServedModel {
    const model = this.models.get(name);
    if (model !== undefined) return model;
    throw new Problem(
      422,
      `model: one of ${this.rules.models.join(', ')} is needed, got '${name.slice(0, 64)}'`,
    );
  }

  /** Ends threads, and frees the models' memory unless one still computes: it must not lose it meanwhile. */
  async end(): Promise<void> {
    const idle = this.admission.inWork === 0;
    this.#pool.end();
    if (idle) for (const { model } of this.models.values()) await model.release();
  }

  #sizeOf(trained: number): number {
    return this.#options.imSize ?? trained;
  }

  /**
   * Admits a request, and gives up on it when its time is over or its client gone; it counts until its work has really ended. What
   * still works on it when its time is over is ended.
   */
  async #work<T>(gone: AbortSignal, work: (span: Span, take: Entry['take']) => Promise<T>): Promise<T> {
    const { timeout } = this.#options;
    const { take, leave: done } = this.admission.enter();
    const controller = new AbortController();
    const { signal } = controller;
    const leave = (): void => controller.abort(new Problem(clientGone, 'the client went away'));
    const time = new AbortController();
    setMaxListeners(0, signal, time.signal); // each picture of a request listens
    const late = setTimeout(() => {
      const problem = new Problem(503, `not done within ${timeout} s`, { 'Retry-After': '10' });
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

  /** The pictures of a body, and the parameters that it has. */
  async #read({ bytes, formType }: Body, span: Span): Promise<Content> {
    if (formType === undefined) return { images: [bytes], isList: false, fields: [] };
    return this.#inWorker('form', span, { kind: 'form', bytes, type: formType });
  }

  /** @throws Problem 422 when the model does not take the size, or the picture is refused */
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

  /** The model, as this request looks with it. Which part of a picture it sees was settled when that was decoded. */
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

  /** @throws Problem when form or picture is refused */
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

  /** The gate lets no more tasks through than there are threads, so that the thread which is ended has no other task. */
  async #runTask(task: PictureTask, over: AbortSignal): Promise<PictureResult> {
    over.throwIfAborted();
    try {
      return await unlessAborted(this.#pool.run(task, over), over);
    } finally {
      if (over.aborted) this.#startThread();
    }
  }

  /** Starts a thread in the place of the one that was ended: the next request does not wait for it. */
  #startThread(): void {
    const task = { kind: 'form', bytes: new Uint8Array(), type: '' } as const;
    // What comes out does not matter.
    this.#gate.run(() => this.#pool.run(task)).catch(() => {});
  }

  #store(outputs: readonly Output[]): object {
    const name = (output: Output): string => `${output.name}.${endingOf(output)}`;
    const files = new Map<string, StoredFile>(outputs.map((output) => [name(output), output]));
    const id = this.results.put(files);
    if (id === undefined) {
      throw new Problem(422, `these outputs have more bytes than are kept; ask for fewer, or deliver=inline`);
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
 * An imported classifier that takes other sizes need not take all: one that has more strides than pixels fails.
 * @throws Problem 422 where it failed at such a size
 */
function refuseSize({ name, model }: ServedModel, { shape: [size] }: Picture, error: unknown): never {
  const other = model.imported !== undefined && size !== model.imSize;
  if (!other || error instanceof Problem || error instanceof OutOfMemoryError) throw error;
  throw new Problem(422, `im_size: the model ${name} cannot look at ${size} x ${size} pixels`);
}

/** @throws Problem 422 where a method finds nothing */
function refuseWithoutEvidence(error: unknown): never {
  throw error instanceof NoEvidenceError ? new Problem(422, error.message) : error;
}

/** @throws Problem 422 when the model has no such class, or not so many */
function chooseClasses({ model }: ServedModel, { class: names, top }: ExplainParameters): Classes {
  const { length } = model.classes;
  if (top !== undefined && names !== undefined) throw new Problem(422, 'class and top do not go together');
  if (top !== undefined && top > length)
    throw new Problem(422, `top: the model has ${length} classes, got ${top}`);
  try {
    const indices = names?.map((text) => classOf(model, text));
    return { class: indices?.length === 1 ? indices[0] : indices, top };
  } catch (error) {
    throw new Problem(422, (error as Error).message);
  }
}
