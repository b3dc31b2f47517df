/** What an explanation may be asked to send, and in which form. */
import { encodePng } from '../data/picture/write-picture.ts';
import type { Prediction } from '../explain/cam-model.ts';
import type { Refinement, Refiner } from '../refine/pipeline.ts';
import { colorize } from '../render/colormap.ts';
import { drawPng } from '../render/draw-png.ts';
import { overlay } from '../render/overlay.ts';
import { drawPipeline } from '../render/pipeline-figure.ts';
import { type FigureMaps, figureCaption } from '../report/figure-words.ts';
import { encodeNpy } from '../tensor/npy.ts';
import { type FloatMap, type Mask, type Picture, reshape, type Tensor, tensor } from '../tensor/tensor.ts';
import { Problem } from './problem.ts';

/**
 * Maps, float32 `[h, w]`: `low_res_cam`, `high_res_cam` (raw and signed), `merged` (the refined one, in [0, 1]). Masks, uint8 `[H, W]`,
 * 0 or 1: `mask` (the pixels kept), `segment` (by regions only). Pictures, uint8 `[H, W, C]`: `cut_out` (the picture as the model saw it, black outside the
 * mask), `overlay` (the refined map on the picture in its own proportions), `pipeline` (a figure of every step).
 */
export const outputNames = [
  'low_res_cam',
  'high_res_cam',
  'merged',
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
  /** Absent of a figure. */
  readonly shape?: readonly number[];
  readonly bytes: Uint8Array;
}

/** The ending of a file of this media type. */
export function endingOf({ type }: Pick<Output, 'type'>): string {
  return type === 'image/png' ? 'png' : 'npy';
}

export interface OutputSource extends FigureMaps {
  readonly refinement: Refinement;
  /** The picture as it is shown; the overlay needs it. */
  readonly picture?: Picture;
  readonly predictions: readonly Prediction[];
  readonly explained: Prediction;
}

/** @throws Problem 422 when the refiner makes no such output */
export function checkOutputs(outputs: readonly OutputName[], refiner: Refiner): void {
  if (refiner === 'crf' && outputs.includes('segment')) {
    throw new Problem(422, 'outputs: segment is of the refiner regions, the refiner is crf');
  }
}

/** Makes one output. `checkOutputs` says which there are. */
export async function makeOutput(
  name: OutputName,
  format: OutputFormat,
  source: OutputSource,
): Promise<Output> {
  const { refinement: r, picture, predictions, explained } = source;
  switch (name) {
    case 'low_res_cam':
      return map(name, r.lowCam, format, 'symmetric');
    case 'high_res_cam':
      return map(name, r.highCam, format, 'symmetric');
    case 'merged':
      return map(name, r.merged, format, [0, 1]);
    case 'mask':
      return mask(name, r.kept, format);
    case 'segment':
      if (r.refiner === 'crf') throw new Error('internal: a CRF has no segment');
      return mask(name, r.fullSegment, format);
    case 'cut_out':
      return format === 'npy' ? npy(name, r.result) : png(name, r.result);
    case 'overlay': {
      if (picture === undefined) throw new Error('internal: the overlay has no picture');
      const laid = overlay(picture, r.merged);
      return format === 'npy' ? npy(name, laid) : png(name, laid);
    }
    case 'pipeline': {
      const options = { title: explained.name, caption: figureCaption(source), predictions };
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
  if (format !== 'png') return npy(name, values);
  const [height, width] = values.shape;
  const grey = values.data.map((value) => 255 * value);
  return png(name, reshape(tensor('uint8', values.shape, grey), [height, width, 1]));
}

function npy(name: OutputName, values: Tensor): Output {
  return { name, type: 'application/x-npy', shape: values.shape, bytes: encodeNpy(values) };
}

async function png(name: OutputName, picture: Picture): Promise<Output> {
  // A plain array over the same bytes: a Buffer becomes one anyway on its way between threads.
  return { name, type: 'image/png', shape: picture.shape, bytes: new Uint8Array(await encodePng(picture)) };
}
