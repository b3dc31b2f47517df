/** The outputs that an explanation can return, and their formats. */
import { encodePng, type PngOptions } from '../data/picture/write-picture.ts';
import type { Prediction } from '../explain/cam-model.ts';
import type { FullSize } from '../explain/full-size.ts';
import { cutOutOf } from '../refine/full-size/lay-out.ts';
import type { Refinement, Refiner } from '../refine/pipeline.ts';
import { colorize } from '../render/colormap.ts';
import { drawPng } from '../render/draw-png.ts';
import { maskImage } from '../render/mask-picture.ts';
import { overlay } from '../render/overlay.ts';
import { drawPipeline } from '../render/pipeline-figure.ts';
import { type FigureMaps, figureCaption } from '../report/figure-words.ts';
import { encodeNpy } from '../tensor/npy.ts';
import type { FloatMap, Mask, Picture, Tensor } from '../tensor/tensor.ts';
import { Problem } from './problem.ts';

/**
 * Maps, float32 `[h, w]`: `low_res_cam`, `high_res_cam` (raw and signed), `merged` (the refined map, in [0,
 * 1]). Masks of the maps' size, uint8 `[H, W]`, 0 or 1: `kept`, `segment` (by regions only). In the picture's
 * own size: `mask` (255 where kept), `cut_out` (the picture, transparent outside the mask), `overlay` (the
 * refined map on the picture). A figure of all steps: `pipeline`.
 */
export const outputNames = [
  'low_res_cam',
  'high_res_cam',
  'merged',
  'kept',
  'mask',
  'segment',
  'cut_out',
  'overlay',
  'pipeline',
] as const;
export type OutputName = (typeof outputNames)[number];

export const outputFormats = ['auto', 'npy', 'png'] as const;
export type OutputFormat = (typeof outputFormats)[number];

export interface Output {
  readonly name: OutputName;
  /** Media type. */
  readonly type: 'application/x-npy' | 'image/png';
  /** Absent for a figure. */
  readonly shape?: readonly number[];
  readonly bytes: Uint8Array;
}

/** The file extension of this media type. */
export function endingOf({ type }: Pick<Output, 'type'>): string {
  return type === 'image/png' ? 'png' : 'npy';
}

export interface OutputSource extends FigureMaps {
  readonly refinement: Refinement;
  /** In the picture's size. */
  readonly full: FullSize;
  readonly predictions: readonly Prediction[];
  readonly explained: Prediction;
}

/** @throws Problem 422 when the refiner does not compute such an output */
export function checkOutputs(outputs: readonly OutputName[], refiner: Refiner): void {
  if (refiner === 'crf' && outputs.includes('segment')) {
    throw new Problem(422, 'outputs: segment needs the refiner regions, the refiner is crf');
  }
}

/** Creates one output; `checkOutputs` checks that it exists. */
export async function makeOutput(
  name: OutputName,
  format: OutputFormat,
  source: OutputSource,
): Promise<Output> {
  const { refinement: r, full, predictions, explained } = source;
  switch (name) {
    case 'low_res_cam':
      return map(name, r.lowCam, format, 'symmetric');
    case 'high_res_cam':
      return map(name, r.highCam, format, 'symmetric');
    case 'merged':
      return map(name, r.merged, format, [0, 1]);
    case 'kept':
      return mask(name, r.kept, format);
    case 'mask':
      return mask(name, full.mask, format === 'auto' ? 'png' : format);
    case 'segment':
      if (r.refiner === 'crf') throw new Error('internal: a CRF has no segment');
      return mask(name, r.fullSegment, format);
    case 'cut_out':
      return picture(name, cutOutOf(full.picture, full.mask), format);
    case 'overlay':
      return picture(name, overlay(full.picture, full.levels), format);
    case 'pipeline': {
      const { height, width } = full.pictureSize;
      const aspect = source.covers ? 1 : width / height;
      const options = { title: explained.name, caption: figureCaption(source), aspect, predictions };
      const bytes = await drawPng((medium) => drawPipeline(r, options, medium));
      return { name, type: 'image/png', bytes };
    }
  }
}

function map(
  name: OutputName,
  values: FloatMap,
  format: OutputFormat,
  range: 'symmetric' | readonly [number, number],
): Output | Promise<Output> {
  if (format !== 'png') return npy(name, values);
  return png(name, colorize(values, { range, colormap: range === 'symmetric' ? 'bluered' : 'turbo' }));
}

function mask(name: OutputName, values: Mask, format: OutputFormat): Output | Promise<Output> {
  return format === 'png' ? png(name, maskImage(values)) : npy(name, values);
}

/** A picture in its own size, with fast compression. */
function picture(name: OutputName, values: Picture, format: OutputFormat): Output | Promise<Output> {
  return format === 'npy' ? npy(name, values) : png(name, values, { compressionLevel: 1 });
}

function npy(name: OutputName, values: Tensor): Output {
  return { name, type: 'application/x-npy', shape: values.shape, bytes: encodeNpy(values) };
}

async function png(name: OutputName, picture: Picture, options?: PngOptions): Promise<Output> {
  // A plain Uint8Array over the same bytes: a Buffer becomes one anyway when sent between threads.
  return {
    name,
    type: 'image/png',
    shape: picture.shape,
    bytes: new Uint8Array(await encodePng(picture, options)),
  };
}
