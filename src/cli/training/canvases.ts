/**
 * The training data of an expansion: pictures, and collages of several. A single picture could be learnt from
 * what all objects of its class have in common; in a collage, each class must have its evidence on its own
 * object.
 */
import type { Batch } from '../../data/batches/batches.ts';
import { drawCollage, type Placed, place } from '../../data/batches/collage.ts';
import { toImages } from '../../data/picture/unit-range.ts';
import { itemAt } from '../../tensor/batch.ts';
import type { Random } from '../../tensor/random.ts';
import { type Tensor, tensor } from '../../tensor/tensor.ts';
import type { StepBatch } from '../../train/build-step.ts';

/** The maximum number of classes taught in a collage; the first ones are taken. */
export const slots = 4;

export interface Canvases extends StepBatch {
  /** float32 `[N, H, W, C]` in [0, 1]. */
  readonly images: Tensor<'float32'>;
  /** The classes taught in each image. */
  readonly classes: readonly (readonly number[])[];
  /** The object of each class, `[N, S, R, R]` in [0, 1]. */
  readonly soft: Tensor<'float32'>;
  /** The weight of each class, `[N, S]`; those of an image sum to 1. */
  readonly weight: Tensor<'float32'>;
}

/** Unchanged, on the whole canvas. */
const whole = { factor: 1, top: 0, left: 0 } as const;

/**
 * As many canvases as pictures: the first half of the pictures, and collages of pictures drawn from all.
 * @param classOf the class of a picture, by its file
 */
export function canvasesOf(
  { pictures, softLabels, paths, position, place: behind }: Batch,
  classOf: (path: string) => number,
  draw: Random,
): Canvases {
  if (!softLabels) throw new Error('internal: soft labels are missing');
  const [images, given] = [toImages(pictures), toImages(softLabels)];
  const n = images.shape[0];
  const [, side] = given.shape;
  const steps = Math.floor(images.shape[1] / 2);
  const empty = tensor('float32', [side, side, 1]);
  const drawn = tensor('float32', images.shape);
  const soft = tensor('float32', [n, slots, side, side]);
  const weight = tensor('float32', [n, slots]);
  const classes = Array.from({ length: n }, (_, i) => {
    const parts: readonly Placed[] =
      i < Math.ceil(n / 2) ? [{ picture: i, ...whole }] : drawCollage(n, steps, draw);
    const own = parts.map(({ picture }) => classOf(paths[picture]));
    const shown = [...new Set(own)].slice(0, slots);
    for (const part of parts) place(itemAt(images, part.picture), itemAt(drawn, i), part, 2);
    for (const [s, one] of shown.entries()) {
      weight.data[i * slots + s] = 1 / shown.length;
      const at = (i * slots + s) * side * side;
      const label = tensor('float32', [side, side, 1], soft.data.subarray(at, at + side * side));
      for (const [k, part] of parts.entries()) {
        // An object on top hides those below it.
        place(own[k] === one ? itemAt(given, part.picture) : empty, label, part, 1);
      }
    }
    return shown;
  });
  const labels = Int32Array.from(classes, ([first]) => first);
  return { images: drawn, classes, soft, weight, labels, paths, position, place: behind };
}
