/** The work on one picture before and after the model: what the server's worker threads do. */
import { readPicture } from '../data/decode.ts';
import { readPictureSize } from '../data/picture-header.ts';
import type { Explanation, Prediction } from '../explain/cam-model.ts';
import { readForDisplay, refineExplanation } from '../explain-picture.ts';
import type { RefineOptions } from '../refine/options.ts';
import type { Refinement } from '../refine/pipeline.ts';
import { type RefinementRecord, refinementRecord } from '../report/explanation.ts';
import type { Picture } from '../tensor/tensor.ts';
import { makeOutput, type Output, type OutputFormat, type OutputName } from './outputs.ts';

export interface DecodeTask {
  readonly kind: 'decode';
  /** The picture's file. */
  readonly bytes: Uint8Array;
  /** The most pixels that its header may claim. */
  readonly maxPixels: number;
  /** Height and width at which the model looks. */
  readonly size: number;
  readonly channels: 1 | 3;
  /** Whether it is shown, too. */
  readonly display: boolean;
}

export interface DecodedPicture {
  /** In pixels, upright, as the file has it. */
  readonly size: readonly [width: number, height: number];
  /** uint8 `[size, size, C]` */
  readonly seen: Picture;
  /** uint8 `[H, W, 3]`, in its own proportions. */
  readonly picture?: Picture;
}

/** Why a picture is refused. */
export interface Refusal {
  readonly status: 413 | 422;
  readonly refused: string;
}

export interface RefineTask {
  readonly kind: 'refine';
  readonly seen: Picture;
  readonly picture?: Picture;
  /** Of one image. */
  readonly explanation: Explanation;
  readonly predictions: readonly Prediction[];
  readonly explained: Prediction;
  readonly options: RefineOptions;
  readonly outputs: readonly OutputName[];
  readonly format: OutputFormat;
}

export interface Refined {
  readonly record: RefinementRecord;
  readonly outputs: readonly Output[];
}

export type PictureTask = DecodeTask | RefineTask;
export type PictureResult = DecodedPicture | Refusal | Refined;

export function workOnPicture(task: PictureTask): Promise<PictureResult> {
  return task.kind === 'decode' ? decode(task) : refine(task);
}

/** Decodes a picture. One that is too large, by its header, is not decoded. */
async function decode({
  bytes,
  maxPixels,
  size,
  channels,
  display,
}: DecodeTask): Promise<DecodedPicture | Refusal> {
  try {
    const { width, height } = await readPictureSize(bytes);
    if (width * height > maxPixels) {
      return {
        status: 413,
        refused: `a picture of ${width} x ${height} pixels; at most ${maxPixels} are read`,
      };
    }
    const seen = await readPicture(bytes, { size, channels });
    const picture = display ? await readForDisplay(bytes) : undefined;
    return { size: [width, height], seen, picture };
  } catch (error) {
    const [line] = (error as Error).message.split('\n', 1);
    return { status: 422, refused: `the picture cannot be read: ${line.replace('the picture: ', '')}` };
  }
}

async function refine(task: RefineTask): Promise<Refined | Refusal> {
  let refinement: Refinement;
  try {
    refinement = refineExplanation(task.seen, task.explanation, 0, task.options);
  } catch (error) {
    return { status: 422, refused: (error as Error).message };
  }
  const source = { ...task, refinement };
  const outputs = await Promise.all(task.outputs.map((name) => makeOutput(name, task.format, source)));
  return { record: refinementRecord(refinement), outputs };
}
