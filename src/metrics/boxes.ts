/** Boxes of objects, and how far two of them agree. */
import { type Mask, mapSize } from '../tensor/tensor.ts';
import { regionBoxes } from './level-regions.ts';

/** Corners in pixels: x0 <= x1, y0 <= y1. Whether the far corner belongs to it is said where boxes are used. */
export type Box = readonly [x0: number, y0: number, x1: number, y1: number];

/**
 * Intersection over union of two boxes whose four corners belong to them: a box of one pixel has x0 = x1. In [0, 1].
 * Source: as in the evaluation code of Choe et al., CVPR 2020.
 */
export function boxIou(a: Box, b: Box): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]) + 1;
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]) + 1;
  if (width <= 0 || height <= 0) return 0;
  const both = width * height;
  return both / (area(a) + area(b) - both);
}

function area([x0, y0, x1, y1]: Box): number {
  return (x1 - x0 + 1) * (y1 - y0 + 1);
}

/**
 * A box of a picture at the evaluation's size. The far corner is exclusive in the picture and stays as it comes, so that a box
 * that reaches the border ends at `size`: as in the evaluation code of Choe et al., whose boxes are `[x, y, x + w, y + h]`, too.
 * @param picture width and height of the picture that the box is of
 * @returns whole pixels, cut off
 */
export function scaleBox(box: Box, picture: readonly [width: number, height: number], size: number): Box {
  const [width, height] = picture;
  return [
    Math.trunc((box[0] * size) / width),
    Math.trunc((box[1] * size) / height),
    Math.trunc((box[2] * size) / width),
    Math.trunc((box[3] * size) / height),
  ];
}

/** A box around each part of a mask whose pixels touch, corner to corner too: `[x0, y0, x1, y1)`, in no special order. */
export function boxesOfMask(mask: Mask): Box[] {
  const { height, width } = mapSize(mask, 'boxesOfMask');
  const inside = mask.data.map((value) => Number(value !== 0));
  return regionBoxes(inside, width, height).map(([x0, y0, x1, y1]) => [x0, y0, x1 + 1, y1 + 1]);
}
