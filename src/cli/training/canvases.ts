/**
 * What an expansion learns from: pictures, and mosaics of four. A picture alone could be learnt by what all objects of its kind have in
 * common; in a mosaic, each class must have its evidence on its own object.
 */
import type { Batch } from '../../data/batches/batches.ts';
import { mosaicOf, putQuarter, type Quarter } from '../../data/batches/mosaic.ts';
import { itemAt, stack } from '../../tensor/batch.ts';
import type { Random } from '../../tensor/random.ts';
import { type Tensor, tensor } from '../../tensor/tensor.ts';
import type { StepBatch } from '../../train/step.ts';

/** Classes that a mosaic may show. */
export const slots = 4;

export interface Canvases extends StepBatch {
  /** float32 `[N, H, W, C]` in [0, 1]. */
  readonly images: Tensor<'float32'>;
  /** The classes that each shows. */
  readonly classes: readonly (readonly number[])[];
  /** Where each class's object is, `[N, S, R, R]` in [0, 1]. */
  readonly soft: Tensor<'float32'>;
  /** What each class counts, `[N, S]`: those of a picture together 1. */
  readonly weight: Tensor<'float32'>;
}

/**
 * As many canvases as pictures: the first half of the pictures, and mosaics, each of four pictures drawn from all.
 * @param classOf a picture's class, by its file
 */
export function canvasesOf(
  { images, softLabels, paths, position }: Batch,
  classOf: (path: string) => number,
  draw: Random,
): Canvases {
  if (!softLabels) throw new Error('internal: soft labels are missing');
  const n = images.shape[0];
  const alone = Math.ceil(n / 2);
  const [, side] = softLabels.shape;
  const drawn: Tensor<'float32'>[] = [];
  const classes: number[][] = [];
  const soft = tensor('float32', [n, slots, side, side]);
  const weight = tensor('float32', [n, slots]);
  for (let i = 0; i < n; i++) {
    // One picture makes no mosaic that would tell it from others.
    const places = i < alone || n < 4 ? [i] : draw.shuffle([...Array(n).keys()]).slice(0, 4);
    const own = places.map((place) => classOf(paths[place]));
    const shown = [...new Set(own)];
    classes.push(shown);
    drawn.push(places.length === 1 ? itemAt(images, i) : mosaicOf(images, places));
    for (const [s, one] of shown.entries()) {
      weight.data[i * slots + s] = 1 / shown.length;
      const at = (i * slots + s) * side * side;
      const label = tensor('float32', [side, side, 1], soft.data.subarray(at, at + side * side));
      if (places.length === 1) label.data.set(itemAt(softLabels, i).data);
      for (const [quarter, place] of places.length === 1 ? [] : places.entries()) {
        if (own[quarter] === one) putQuarter(itemAt(softLabels, place), label, quarter as Quarter);
      }
    }
  }
  const labels = Int32Array.from(classes, ([first]) => first);
  return { images: stack(drawn), classes, soft, weight, labels, paths, position };
}
