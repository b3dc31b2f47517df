/** The work on one picture before and after the model, and on the form it comes in: what the server's worker threads do. */
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
  /** The picture's file. */
  readonly bytes: Uint8Array;
  /** The most pixels that its header may claim. */
  readonly maxPixels: number;
  /** Height and width at which the model looks. */
  readonly size: number;
  readonly channels: 1 | 3;
  /** It looks at the middle alone: `Looker.crop`. */
  readonly crop?: number;
  /** Whether it is shown, too: results at its size need that. */
  readonly display: boolean;
  /** Of pictures whose values are no grey levels. */
  readonly valueRange?: ValueRange;
}

export interface DecodedPicture {
  /** In pixels, upright, as the file has it. */
  readonly size: readonly [width: number, height: number];
  /** uint8 `[size, size, C]` */
  readonly seen: Picture;
  /** uint8 `[H, W, 3]`, in its own proportions. */
  readonly picture?: Picture;
  /** The part of the picture that both are of, in its pixels; undefined: all of it. */
  readonly covers?: Box;
  /** What is unlikely about the file; undefined where nothing is. */
  readonly notes?: readonly string[];
}

/** Why a form or a picture is refused: a `Problem`, which keeps its class in no other thread. */
export interface Refused {
  readonly status: number;
  readonly refused: string;
}

export interface RefineTask {
  readonly kind: 'refine';
  readonly maps: RefineInput &
    Pick<Look, 'predictions' | 'explained'> &
    FigureMaps & { readonly picture: Picture };
  /** The picture's file. */
  readonly bytes: Uint8Array;
  /** The most pixels, and the longer side, of results at the picture's size. */
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

/** A form or JSON to read: the library needs a second or more where the bytes are chosen to keep it busy. */
export interface FormTask {
  readonly kind: 'form';
  readonly bytes: Uint8Array;
  /** The content type, of a form with the boundary. */
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

/** Decodes a picture. One that is too large, by its header, is not decoded. */
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
    throw new Problem(413, `a picture of ${width} x ${height} pixels; at most ${maxPixels} are read`);
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

/** @throws Problem 422, in this project's words: what a library says is no client's */
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
  // It was read before, but not as large.
  const full = await fullSize(whole, { ...task.maps, refinement }, most).catch((error: Error) => {
    throw error instanceof FileError ? unreadable(error) : error;
  });
  const source = { ...task.maps, refinement, full };
  // One after the other: each takes several bytes a pixel meanwhile.
  const outputs: Output[] = [];
  for (const name of task.outputs) outputs.push(await makeOutput(name, task.format, source));
  return { record: { ...pictureRecord(full), ...refinementRecord(refinement) }, outputs };
}
