/**
 * The work on one picture before and after the model, and on its form: the tasks of the server's worker
 * threads.
 */
import type { Box } from '../data/picture/crop.ts';
import { pictureFile } from '../data/picture/picture-file.ts';
import { readPictureSize } from '../data/picture/picture-header.ts';
import { middleOf } from '../data/picture/picture-source.ts';
import type { ValueRange } from '../data/picture/value-range.ts';
import { DecoderError } from '../errors/decoder-error.ts';
import { FileError, reasonOf } from '../errors/file-error.ts';
import { NothingLeftError } from '../errors/nothing-left-error.ts';
import { type RefineInput, refineMaps } from '../explain/explain.ts';
import { fullSize } from '../explain/full-size.ts';
import type { Look } from '../explain/look.ts';
import type { Refinement, RefineOptions } from '../refine/pipeline.ts';
import {
  type PictureRecord,
  pictureRecord,
  type RefinementRecord,
  refinementRecord,
} from '../report/explanation.ts';
import type { FigureMaps } from '../report/figure-words.ts';
import type { Picture } from '../tensor/tensor.ts';
import { jsonType } from './body.ts';
import { type Content, readForm } from './form.ts';
import { readJson } from './json-body.ts';
import { makeOutput, type Output, type OutputFormat, type OutputName } from './outputs.ts';
import { Problem } from './problem.ts';

export interface DecodeTask {
  readonly kind: 'decode';
  /** The bytes of the picture's file. */
  readonly bytes: Uint8Array;
  /** Limit on the pixels given in its header. */
  readonly maxPixels: number;
  /** Height and width of the model's input. */
  readonly size: number;
  readonly channels: 1 | 3;
  /** The share of the middle that the model sees: `Looker.crop`. */
  readonly crop?: number;
  /** Whether the picture is also needed for display, as for results in its size. */
  readonly display: boolean;
  /** For pictures whose values are not grey levels. */
  readonly valueRange?: ValueRange;
}

export interface DecodedPicture {
  /** The size in the file, in pixels, upright. */
  readonly size: readonly [width: number, height: number];
  /** uint8 `[size, size, C]` */
  readonly seen: Picture;
  /** uint8 `[H, W, 3]`, in its own proportions. */
  readonly picture?: Picture;
  /** The part of the picture that both show, in its pixels; undefined: all of it. */
  readonly covers?: Box;
  /** Warnings about the file; undefined if there are none. */
  readonly notes?: readonly string[];
}

/** Why a form or a picture is refused: the fields of a `Problem`, whose class is lost between threads. */
export interface Refused {
  readonly status: number;
  readonly refused: string;
}

export interface RefineTask {
  readonly kind: 'refine';
  readonly maps: RefineInput &
    Pick<Look, 'predictions' | 'explained'> &
    FigureMaps & { readonly picture: Picture };
  /** The bytes of the picture's file. */
  readonly bytes: Uint8Array;
  /** Limits on results in the picture's size: pixels, and the longer side. */
  readonly mostPixels: number;
  readonly side?: number;
  readonly valueRange?: ValueRange;
  readonly options: RefineOptions;
  readonly outputs: readonly OutputName[];
  readonly format: OutputFormat;
}

export interface Refined {
  readonly record: PictureRecord & RefinementRecord;
  readonly outputs: readonly Output[];
}

/** A form or JSON to parse. With bytes chosen to keep the library busy, that takes a second or more. */
export interface FormTask {
  readonly kind: 'form';
  readonly bytes: Uint8Array;
  /** The content type, for a form with its boundary. */
  readonly type: string;
}

export type PictureTask = FormTask | DecodeTask | RefineTask;
export type PictureResult = Content | DecodedPicture | Refused | Refined;

export async function workOnPicture(task: PictureTask): Promise<PictureResult> {
  try {
    if (task.kind === 'form') {
      return task.type === jsonType ? readJson(task.bytes) : await readForm(task.bytes, task.type);
    }
    return await (task.kind === 'decode' ? decode(task) : refine(task));
  } catch (error) {
    if (error instanceof Problem) return { status: error.status, refused: error.message };
    throw error;
  }
}

/** Decodes a picture, unless it is too large by its header. */
async function decode({
  bytes,
  maxPixels,
  size,
  channels,
  crop,
  display,
  valueRange,
}: DecodeTask): Promise<DecodedPicture> {
  const { width, height } = await readPictureSize(bytes).catch(unreadable);
  if (width * height > maxPixels) {
    throw new Problem(
      413,
      `a picture of ${width} x ${height} pixels is larger than the limit of ${maxPixels} pixels`,
    );
  }
  const notes = new Set<string>();
  const whole = pictureFile(bytes, { valueRange, onNote: (note) => notes.add(note) });
  const middle = crop === undefined ? undefined : middleOf(whole, crop);
  const source = middle ?? whole;
  try {
    const seen = await source.seen(size, channels);
    const picture = display ? await source.shown() : undefined;
    return {
      size: [width, height],
      seen,
      picture,
      covers: await middle?.covers(),
      notes: notes.size > 0 ? [...notes] : undefined,
    };
  } catch (error) {
    return unreadable(error);
  }
}

/** @throws Problem 422 in this project's words: a library's messages are not for clients */
function unreadable(error: unknown): never {
  const own = error instanceof FileError ? (error.cause ?? error) : error;
  const reason = own instanceof DecoderError ? own.meaning : reasonOf(error);
  throw new Problem(422, `the picture cannot be read: ${reason}`);
}

async function refine(task: RefineTask): Promise<Refined> {
  let refinement: Refinement;
  try {
    refinement = refineMaps(task.maps, task.options);
  } catch (error) {
    if (error instanceof NothingLeftError) throw new Problem(422, error.message);
    throw error;
  }
  const whole = pictureFile(task.bytes, { valueRange: task.valueRange });
  const { width, height } = await readPictureSize(task.bytes).catch(unreadable);
  const { side = Math.max(width, height) } = task;
  const scale = Math.min(1, side / Math.max(width, height));
  const most = Math.min(
    task.mostPixels,
    Math.max(1, Math.round(width * scale)) * Math.max(1, Math.round(height * scale)),
  );
  // It was decoded before, but in a smaller size.
  const full = await fullSize(whole, { ...task.maps, refinement }, most).catch((error: Error) => {
    throw error instanceof FileError ? unreadable(error) : error;
  });
  const source = { ...task.maps, refinement, full };
  // One after the other, as each needs several bytes a pixel while it is created.
  const outputs: Output[] = [];
  for (const name of task.outputs) outputs.push(await makeOutput(name, task.format, source));
  return { record: { ...pictureRecord(full), ...refinementRecord(refinement) }, outputs };
}
