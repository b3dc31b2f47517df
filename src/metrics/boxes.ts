/** Boxes of objects, and the overlap of two boxes. */
import { type Mask, mapSize } from '../tensor/tensor.ts';
import { regionBoxes } from './level-regions.ts';

/** Corners in pixels: x0 <= x1, y0 <= y1. Each use documents whether the far corner is included. */
export type Box = readonly [x0: number, y0: number, x1: number, y1: number];

/**
 * Intersection over union of two boxes that include their corners: a box of one pixel has x0 = x1. In [0, 1].
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
 * A picture's box, scaled to the evaluation's size. The far corner is exclusive in the picture and is scaled
 * unchanged, so that a box that reaches the border ends at `size`: as in the evaluation code of Choe et al.,
 * whose boxes are also `[x, y, x + w, y + h]`.
 * @param picture width and height of the picture
 * @returns whole pixels, truncated
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

/** The bounding box `[x0, y0, x1, y1)` of each 8-connected part of a mask, in no particular order. */
export function boxesOfMask(mask: Mask): Box[] {
  const { height, width } = mapSize(mask, 'boxesOfMask');
  const inside = mask.data.map((value) => Number(value !== 0));
  return regionBoxes(inside, width, height).map(([x0, y0, x1, y1]) => [x0, y0, x1 + 1, y1 + 1]);
}
