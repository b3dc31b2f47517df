/** One explained image as files: the figures, the JSON and, when wanted, every map. */
import { join } from 'node:path';
import { writeFileWhole } from '../data/files/write-file.ts';
import type { Prediction } from '../explain/cam-model.ts';
import { mapsOf } from '../refine/maps-of.ts';
import type { Refinement } from '../refine/pipeline.ts';
import { drawPng } from '../render/draw-png.ts';
import type { Medium } from '../render/medium.ts';
import { drawOverlay } from '../render/overlay.ts';
import { drawPipeline } from '../render/pipeline-figure.ts';
import { type Covers, coversText, explanationJson } from '../report/explanation.ts';
import { coversSentence, describeMethod, figureWords, type UsedMethod } from '../report/figure-words.ts';
import { encodeNpy } from '../tensor/npy.ts';
import type { Picture } from '../tensor/tensor.ts';

export interface ExplainedImage {
  /** The image's path, as it was given. */
  readonly image: string;
  /** The picture at a size and with an aspect ratio good to look at, for the overlay. */
  readonly picture: Picture;
  /** The part of the whole picture that `picture` and all maps are of, in its pixels; absent: all of it. */
  readonly covers?: Covers;
  readonly refinement: Refinement;
  /** Whose map `refinement.lowCam` is; absent where it is the model's low-res CAM, or comes from elsewhere. */
  readonly method?: UsedMethod;
  /** Whether `refinement.highCam` is `lowCam` enlarged; default false. */
  readonly enlarged?: boolean;
  /** Absent where the maps come from elsewhere. */
  readonly model?: {
    readonly file: string;
    readonly predictions: readonly Prediction[];
    readonly explained: Prediction;
  };
}

/** Also as SVG: `svg`. Every map as .npy, its name after this prefix: `npyPrefix`. */
export interface WriteOptions {
  readonly svg?: boolean;
  readonly npyPrefix?: string;
}

/** Writes `OUT/NAME.pipeline.png`, `NAME.overlay.png`, `NAME.json`, for a method `NAME.map.png`; nothing before all of them are made. */
export async function writeExplanation(
  out: string,
  name: string,
  { image, picture, covers, refinement, model, method, enlarged }: ExplainedImage,
  { svg = false, npyPrefix }: WriteOptions,
): Promise<void> {
  const used = method && describeMethod(method);
  const words = figureWords(name, model?.explained.name, { method, enlarged, covers });
  const shown = {
    title: name,
    caption: model?.explained.name,
    probability: model?.explained.probability,
    note: covers && coversSentence(covers),
    size: 480,
  };
  const drawings: Record<string, (medium?: Medium) => string> = {
    pipeline: (medium) => drawPipeline(refinement, { ...words, predictions: model?.predictions }, medium),
    overlay: (medium) => drawOverlay(picture, refinement.merged, { ...shown, label: 'refined CAM' }, medium),
  };
  if (used) {
    // Signed maps are drawn around zero.
    const range = refinement.lowCam.data.some((value) => value < 0) ? 'symmetric' : 'minmax';
    drawings.map = (medium) =>
      drawOverlay(picture, refinement.lowCam, { ...shown, label: used, range }, medium);
  }
  const files: Record<string, Uint8Array | string> = {
    [`${name}.json`]: explanationJson({ image, covers, refinement, model, method }),
  };
  const pngs = await Promise.all(Object.values(drawings).map((draw) => drawPng(draw)));
  for (const [i, kind] of Object.keys(drawings).entries()) files[`${name}.${kind}.png`] = pngs[i];
  if (svg) {
    for (const [kind, draw] of Object.entries(drawings)) files[`${name}.${kind}.svg`] = draw();
  }
  if (npyPrefix !== undefined) {
    for (const [step, map] of Object.entries(mapsOf(refinement)))
      files[`${npyPrefix}${step}.npy`] = encodeNpy(map);
  }
  for (const [file, content] of Object.entries(files)) await writeFileWhole(join(out, file), content);
}

/** Says which maps were flat; nothing where none was. */
export function flatNote({ refinement: { flat } }: ExplainedImage): string {
  const names = { low: 'low-res', high: 'high-res', merged: 'refined' };
  if (flat.length === 0) return '';
  return `  (flat, one value everywhere: ${flat.map((map) => `${names[map]} map`).join(', ')})`;
}

/** Says which part of the picture the maps are of; nothing where it is all of it. */
export function coversNote({ covers }: ExplainedImage): string {
  return covers ? `  (${coversText(covers)})` : '';
}
