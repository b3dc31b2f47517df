/**
 * Decides whether masks and boxes are in the displayed orientation of their picture, or in that of its stored
 * pixels.
 */
import { turnedSize } from '../picture/orientation.ts';
import type { OrientedSize } from '../picture/picture-header.ts';

type Size = readonly [width: number, height: number];

/**
 * The orientation that a size or boxes fit: the upright picture, its stored pixels, either (ambiguous), or
 * neither.
 */
export type TruthFit = 'upright' | 'stored' | 'either' | 'neither';

/** Combines the two tests. Without a turn, there is only one orientation. */
function decide({ orientation }: OrientedSize, upright: boolean, stored: boolean): TruthFit {
  if (orientation === 1) return upright ? 'upright' : 'neither';
  if (upright) return stored ? 'either' : 'upright';
  return stored ? 'stored' : 'neither';
}

/** The orientation that a mask's size fits: compared for equality first, then up to a scale. */
export function fitOfSize(size: Size, picture: OrientedSize): TruthFit {
  const upright: Size = [picture.width, picture.height];
  const stored = turnedSize(upright, picture.orientation);
  const same = (other: Size): boolean => size[0] === other[0] && size[1] === other[1];
  if (same(upright) || same(stored)) return decide(picture, same(upright), same(stored));
  return decide(picture, isScaled(size, upright), isScaled(size, stored));
}

/** Whether one size is a multiple of the other, with a tolerance of one pixel per side for rounding. */
function isScaled(a: Size, b: Size): boolean {
  const fits = (one: Size, other: Size): boolean => {
    const low = Math.max((one[0] - 1) / other[0], (one[1] - 1) / other[1]);
    const high = Math.min((one[0] + 1) / other[0], (one[1] + 1) / other[1]);
    return low <= high;
  };
  return fits(a, b) || fits(b, a);
}

/**
 * The orientation that boxes without a size fit.
 * @param boxes `[x0, y0, x1, y1)`
 */
export function fitOfBoxes(
  boxes: readonly (readonly [number, number, number, number])[],
  picture: OrientedSize,
): TruthFit {
  const upright: Size = [picture.width, picture.height];
  const inside = (size: Size): boolean => boxes.every((box) => boxInside(box, size));
  return decide(picture, inside(upright), inside(turnedSize(upright, picture.orientation)));
}

/**
 * Whether a box lies in a picture. One pixel of tolerance allows for coordinates that start at 1 or are
 * rounded.
 */
export function boxInside(
  [x0, y0, x1, y1]: readonly [number, number, number, number],
  [width, height]: Size,
): boolean {
  return x0 >= -1 && y0 >= -1 && x1 <= width + 1 && y1 <= height + 1;
}
