/** What a worker thread does with a picture before and after the model. */
import { readRegular } from '../../data/files/read-file.ts';
import type { Box } from '../../data/picture/crop.ts';
import { pictureFile } from '../../data/picture/picture-file.ts';
import {
  displaySide,
  keptSource,
  type MiddleSource,
  middleOf,
  type PictureSource,
  sizeWithin,
} from '../../data/picture/picture-source.ts';
import type { ValueRange } from '../../data/picture/value-range.ts';
import { reasonOf } from '../../errors/file-error.ts';
import { highMapOf, refineMaps } from '../../explain/explain.ts';
import { type FullSize, fullSize, laidOn, wholePicture } from '../../explain/full-size.ts';
import type { Look } from '../../explain/look.ts';
import { plainMap } from '../../refine/full-size/lay-out.ts';
import { above } from '../../refine/maps/region-of-interest.ts';
import { isFlat } from '../../refine/maps/scale.ts';
import { completeOptions } from '../../refine/parameters.ts';
import type { Refinement, RefineOptions } from '../../refine/pipeline.ts';
import { type FloatMap, type Picture, sizeOf, tensor } from '../../tensor/tensor.ts';
import {
  type ExplainedClass,
  explanationFiles,
  fullSizeFiles,
  needsWhole,
  type WriteOptions,
} from '../write-explanation.ts';

/** Decodes a picture. The thread keeps it until the `end` task of the same number. */
export interface BeginTask {
  readonly kind: 'begin';
  readonly id: number;
  /** A path, or the file's bytes. */
  readonly picture: string | Uint8Array;
  /** Height and width of the model's input, in pixels. */
  readonly size: number;
  readonly channels: 1 | 3;
  /** As `Looker.crop`. */
  readonly crop?: number;
  readonly valueRange?: ValueRange;
}

export interface Begun {
  /** uint8 `[size, size, C]` */
  readonly seen: Picture;
  /** Warnings about the file. */
  readonly notes: readonly string[];
}

/** Refines the maps of the picture, and makes the files. */
export interface EndTask {
  readonly kind: 'end';
  readonly id: number;
  /** The prefix of its files' names. */
  readonly name: string;
  /** The picture and the model, as written to its JSON file. */
  readonly image: string;
  readonly model: string;
  readonly look: Look;
  readonly refine: RefineOptions;
  /** Whether the map is refined; otherwise the model's own map is used. */
  readonly isRefined: boolean;
  readonly write: WriteOptions;
}

/** Discards a picture without a result. */
export interface DropTask {
  readonly kind: 'drop';
  readonly id: number;
}

/** Where to look in a picture, in its own pixels. */
export interface Measures {
  readonly width: number;
  readonly height: number;
  /** The bounding box of the kept pixels; undefined where none is kept. */
  readonly box?: Box;
  /** The kept share of the picture, in [0, 1]. */
  readonly share: number;
  /** The maximum of the (refined) map; undefined where the map is constant. */
  readonly peak?: readonly [x: number, y: number];
  /** The share of the high-res map's positive values that lies within the kept pixels, in [0, 1]. */
  readonly evidenceInside?: number;
  /** Names of the maps that are constant. */
  readonly flat: readonly string[];
}

export interface Ended {
  readonly measures: Measures;
  readonly files: Readonly<Record<string, Uint8Array | string>>;
}

/** Why a picture could not be explained, without the picture's name. */
export interface Failed {
  readonly failed: string;
}

export type BulkTask = BeginTask | EndTask | DropTask;
export type BulkResult = Begun | Ended | Failed;

/** A picture between its two tasks. */
interface Open {
  readonly source: PictureSource;
  readonly middle?: MiddleSource;
  readonly seen: Picture;
}

const open = new Map<number, Open>();

/** Any error becomes the result of this picture, even when memory runs out: the other pictures go on. */
export async function workOnBulk(task: BulkTask): Promise<BulkResult> {
  if (task.kind === 'drop') {
    open.delete(task.id);
    return { failed: 'dropped' };
  }
  try {
    return await (task.kind === 'begin' ? begin(task) : end(task));
  } catch (error) {
    return { failed: reasonOf(error) };
  }
}

async function begin({ id, picture, size, channels, crop, valueRange }: BeginTask): Promise<Begun> {
  const notes = new Set<string>();
  const bytes = typeof picture === 'string' ? await readRegular(picture) : picture;
  const source = decodedOnce(pictureFile(bytes, { valueRange, onNote: (note) => notes.add(note) }));
  const middle = crop === undefined ? undefined : middleOf(source, crop);
  const seen = await (middle ?? source).seen(size, channels);
  open.set(id, { source, middle, seen });
  return { seen, notes: [...notes] };
}

/** Decodes each size once. A picture that is shown in its own size is the whole picture. */
function decodedOnce(source: PictureSource): PictureSource {
  const kept = keptSource(source);
  return {
    ...kept,
    whole: async (most) => {
      const { height, width } = (await kept.size?.()) ?? { height: Number.POSITIVE_INFINITY, width: 0 };
      const small = Math.max(height, width) <= displaySide && height * width <= most;
      return small ? kept.shown() : (kept.whole?.(most) ?? kept.shown());
    },
  };
}

async function end(task: EndTask): Promise<Ended> {
  const found = open.get(task.id);
  open.delete(task.id);
  if (found === undefined) throw new Error('internal: the thread that decoded it has ended');
  return task.isRefined ? refined(found, task) : unrefined(found, task);
}

/** The refined maps of the model's input. */
async function refined({ source, middle, seen }: Open, task: EndTask): Promise<Ended> {
  const { name, image, model, look, refine, write } = task;
  const covers = await middle?.covers();
  const maps = { ...look, high: highMapOf(look, seen), enlarged: look.high === undefined, seen };
  const refinement = refineMaps(maps, refine);
  const of: ExplainedClass = { ...maps, picture: await (middle ?? source).shown(), covers, refinement };
  const full = await fullSize(source, of);
  const { files } = await explanationFiles(name, { image, source, model, of, full }, write);
  const { merged, kept, flat } = refinement;
  return { measures: measuresOf(full, { map: merged, covers, high: maps.high, kept, flat }), files };
}

/** The model's own map, enlarged. The table alone does not need the whole picture. */
async function unrefined(
  { source, middle, seen }: Open,
  { name, look, refine, write }: EndTask,
): Promise<Ended> {
  const high = highMapOf(look, seen);
  // What is kept has the defaults of the refiner that the maps go with, as in a refinement.
  const map = plainMap(high, completeOptions({ ...refine, refiner: refine.refiner ?? look.refiner }));
  const covers = await middle?.covers();
  const picture = needsWhole(write)
    ? await wholePicture(source)
    : await blankLike(source, sizeOf(high.shape));
  const full = await laidOn(picture, source, map, covers);
  const files = await fullSizeFiles(name, full, new Set(write.write));
  const kept = above(high, map.limit).mask;
  const flat = isFlat(high) ? (['high'] as const) : [];
  return { measures: measuresOf(full, { map: high, covers, high, kept, flat }), files };
}

/** A black picture of the same proportions, with at most `most` pixels. */
async function blankLike(source: PictureSource, most: number): Promise<Picture> {
  const size = await source.size?.();
  const [height, width] = size ? [size.height, size.width] : (await source.shown()).shape;
  const small = sizeWithin(most, { height, width });
  return tensor('uint8', [small.height, small.width, 3]);
}

interface Found extends Pick<Refinement, 'kept' | 'flat'> {
  /** The map whose peak is measured. */
  readonly map: FloatMap;
  readonly covers?: Box;
  readonly high: FloatMap;
}

function measuresOf(full: FullSize, { map, covers, high, kept, flat }: Found): Measures {
  const { height, width } = full.pictureSize;
  return {
    width,
    height,
    box: full.box,
    share: full.kept / full.mask.data.length,
    peak: peakOf(map, covers ?? [0, 0, width, height]),
    evidenceInside: evidenceInside(high, kept),
    flat,
  };
}

/** The centre of a map's highest cell, in the picture's pixels; the first of equal cells. */
function peakOf({ shape: [h, w], data }: FloatMap, [x0, y0, x1, y1]: Box): [number, number] | undefined {
  let best = 0;
  let [low, high] = [data[0], data[0]];
  for (let i = 1; i < data.length; i++) {
    if (data[i] > high) {
      high = data[i];
      best = i;
    }
    if (data[i] < low) low = data[i];
  }
  if (low === high) return undefined;
  const [x, y] = [((best % w) + 0.5) / w, (Math.floor(best / w) + 0.5) / h];
  return [Math.floor(x0 + x * (x1 - x0)), Math.floor(y0 + y * (y1 - y0))];
}

function evidenceInside(high: FloatMap, kept: Refinement['kept']): number | undefined {
  if (high.shape[0] !== kept.shape[0] || high.shape[1] !== kept.shape[1]) return undefined;
  let [inside, all] = [0, 0];
  for (let i = 0; i < high.data.length; i++) {
    const value = Math.max(0, high.data[i]);
    all += value;
    if (kept.data[i] === 1) inside += value;
  }
  return all === 0 ? undefined : inside / all;
}
