/** Explains a stream of pictures: threads decode and refine while the model computes the next batch. */
import { availableParallelism } from 'node:os';
import { toImages } from '../../data/picture/unit-range.ts';
import type { ValueRange } from '../../data/picture/value-range.ts';
import { type StreamedPicture, streamedName } from '../../data/streams/container.ts';
import type { Streamed, StreamPosition } from '../../data/streams/picture-stream.ts';
import { mapAhead } from '../../data/threads/map-ahead.ts';
import { WorkerPool } from '../../data/threads/worker-pool.ts';
import { reasonOf } from '../../errors/file-error.ts';
import type { CamMethod } from '../../explain/cam-method.ts';
import type { CamModel, ClassChoice, Prediction } from '../../explain/cam-model.ts';
import { type Look, lookAt } from '../../explain/look.ts';
import type { RefineOptions } from '../../refine/pipeline.ts';
import { launchOf, threadsOf } from '../../runtime/mpi/launcher.ts';
import { stack } from '../../tensor/batch.ts';
import type { Picture } from '../../tensor/tensor.ts';
import type { WriteOptions } from '../write-explanation.ts';
import type { Begun, BulkResult, BulkTask, Ended, Failed, Measures } from './bulk-work.ts';
import { fileNameOf } from './names.ts';

export interface BulkOptions {
  readonly model: CamModel;
  /** The model's file, as written to JSON. */
  readonly modelFile: string;
  readonly method?: CamMethod;
  readonly class?: ClassChoice;
  readonly size: number;
  /** Pictures in a batch of the model, >= 1. */
  readonly batchSize: number;
  /** Worker threads, >= 1; default: one for each core, at most 32. */
  readonly threads?: number;
  readonly valueRange?: ValueRange;
  readonly refine: RefineOptions;
  readonly isRefined: boolean;
  readonly write: WriteOptions;
}

/** The result of one picture. */
export interface BulkResultOf {
  readonly picture: Omit<StreamedPicture, 'picture'>;
  /** Whether it was a file of its own. */
  readonly isFile: boolean;
  /** The position after it in its stream. */
  readonly next: StreamPosition;
  /** Absent where it failed. */
  readonly explained?: {
    readonly of: Prediction;
    /** The most probable classes, at most `topCount`. */
    readonly top: readonly Prediction[];
    readonly measures: Measures;
    readonly files: Ended['files'];
  };
  /** Why it failed. */
  readonly error?: string;
  /** Warnings about its file. */
  readonly notes: readonly string[];
}

/** Number of the most probable classes in the table. */
export const topCount = 5;

/** Batches in progress: one is decoded, one computed, one refined, one waits. */
const batchesAhead = 4;

/** This many threads decode faster than any single device computes. */
const mostThreads = 32;

/**
 * Explains pictures in order. A picture that cannot be explained gives a result with an `error`.
 * @throws when the model fails
 */
export async function* explainStream(
  pictures: AsyncIterable<Streamed>,
  options: BulkOptions,
): AsyncGenerator<BulkResultOf, void, undefined> {
  const threads = options.threads ?? Math.min(threadsOf(launchOf()) ?? availableParallelism(), mostThreads);
  // One pool for each thread: the thread that began a picture holds its pixels, and must also end it.
  const pools = Array.from(
    { length: threads },
    () => new WorkerPool<BulkTask, BulkResult>(new URL('./bulk-worker', import.meta.url), 1),
  );
  const looking = { before: Promise.resolve() as Promise<unknown> };
  let id = 0;
  const begin = (streamed: Streamed): Begin => {
    const { picture, error } = streamed.picture;
    const pool = pools[id % threads];
    const own = id++;
    const { size, model, valueRange } = options;
    const task = { id: own, picture, size, channels: model.channels as 1 | 3, crop: model.crop, valueRange };
    const begun =
      error === undefined ? run<Begun>(pool, { kind: 'begin', ...task }) : Promise.resolve({ failed: error });
    return { streamed, begun, pool, id: own };
  };
  const work = async (batch: readonly Begin[]): Promise<BulkResultOf[]> => {
    const begun = await Promise.all(batch.map((one) => one.begun));
    const seen = begun.flatMap((one) => ('seen' in one ? [one.seen] : []));
    const looked = looking.before.then(() => look(seen, options));
    looking.before = looked.catch(() => {});
    const looks = (await looked).values();
    return Promise.all(
      batch.map((one, i) => {
        const first = begun[i];
        if ('failed' in first) return resultOf(one.streamed, first.failed, []);
        return end(one, looks.next().value as Look, first.notes, options);
      }),
    );
  };
  try {
    for await (const results of mapAhead(batchesOf(pictures, begin, options.batchSize), work, batchesAhead))
      yield* results;
  } finally {
    for (const pool of pools) pool.end();
  }
}

/** A picture in progress. */
interface Begin {
  readonly streamed: Streamed;
  readonly begun: Promise<Begun | Failed>;
  readonly pool: WorkerPool<BulkTask, BulkResult>;
  readonly id: number;
}

/** When a thread dies, its pictures fail, and a new thread replaces it. */
async function run<R extends BulkResult>(
  pool: WorkerPool<BulkTask, BulkResult>,
  task: BulkTask,
): Promise<R | Failed> {
  try {
    return (await pool.run(task)) as R | Failed;
  } catch (error) {
    return { failed: reasonOf(error) };
  }
}

async function* batchesOf<T, R>(
  items: AsyncIterable<T>,
  begin: (item: T) => R,
  size: number,
): AsyncGenerator<R[]> {
  let batch: R[] = [];
  for await (const item of items) {
    batch.push(begin(item));
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function look(
  seen: readonly Picture[],
  { model, method, class: choice }: BulkOptions,
): Promise<Look[]> {
  if (seen.length === 0) return [];
  return lookAt(model, toImages(stack(seen)), Array<ClassChoice>(seen.length).fill(choice), method);
}

async function end(
  { streamed, pool, id }: Begin,
  look: Look,
  notes: readonly string[],
  { modelFile, refine, isRefined, write }: BulkOptions,
): Promise<BulkResultOf> {
  const top = look.predictions.slice(0, topCount);
  const { method, low } = look;
  if (method && low.data.every((value) => value === 0)) {
    void run(pool, { kind: 'drop', id });
    const error = `${method.title} finds nothing for ${look.explained.name}: its map is 0 everywhere`;
    return resultOf(streamed, error, notes);
  }
  const ended = await run<Ended>(pool, {
    kind: 'end',
    id,
    name: fileNameOf(streamed.picture.key),
    image: streamedName(streamed.picture),
    model: modelFile,
    look: { ...look, predictions: top },
    refine,
    isRefined,
    write,
  });
  if ('failed' in ended) return resultOf(streamed, ended.failed, notes);
  return { ...resultOf(streamed, undefined, notes), explained: { of: look.explained, top, ...ended } };
}

function resultOf(
  { picture: { picture, ...rest }, next }: Streamed,
  error: string | undefined,
  notes: readonly string[],
): BulkResultOf {
  return {
    picture: rest,
    isFile: typeof picture === 'string' && rest.error === undefined,
    next,
    error,
    notes,
  };
}
