/** Whether masks and boxes are in the orientation in which their picture is seen, or in that of its file's pixels. */
import { turnedSize } from '../picture/orientation.ts';
import type { OrientedSize } from '../picture/picture-header.ts';

type Size = readonly [width: number, height: number];

/** What a size, or boxes, go with: the picture upright, its stored pixels, either as far as can be told, or neither. */
export type TruthFit = 'upright' | 'stored' | 'either' | 'neither';

/** Where the two tests lead; without a turn, there is one way to stand. */
function decide({ orientation }: OrientedSize, upright: boolean, stored: boolean): TruthFit {
  if (orientation === 1) return upright ? 'upright' : 'neither';
  if (upright) return stored ? 'either' : 'upright';
  return stored ? 'stored' : 'neither';
}

/** How a mask's width and height fit those of its picture: the same, else those of another scale. */
export function fitOfSize(size: Size, picture: OrientedSize): TruthFit {
  const upright: Size = [picture.width, picture.height];
  const stored = turnedSize(upright, picture.orientation);
  const same = (other: Size): boolean => size[0] === other[0] && size[1] === other[1];
  if (same(upright) || same(stored)) return decide(picture, same(upright), same(stored));
  return decide(picture, isScaled(size, upright), isScaled(size, stored));
}

/** Whether one size is the other times a factor, each side a pixel more or less: sides are whole pixels. */
function isScaled(a: Size, b: Size): boolean {
  const fits = (one: Size, other: Size): boolean => {
    const low = Math.max((one[0] - 1) / other[0], (one[1] - 1) / other[1]);
    const high = Math.min((one[0] + 1) / other[0], (one[1] + 1) / other[1]);
    return low <= high;
  };
  return fits(a, b) || fits(b, a);
}

/** How boxes without a size lie in their picture. @param boxes `[x0, y0, x1, y1)` */
export function fitOfBoxes(
  boxes: readonly (readonly [number, number, number, number])[],
  picture: OrientedSize,
): TruthFit {
  const upright: Size = [picture.width, picture.height];
  const inside = (size: Size): boolean => boxes.every((box) => boxInside(box, size));
  return decide(picture, inside(upright), inside(turnedSize(upright, picture.orientation)));
}

/** Whether a box lies in a picture; boxes that count from 1 or are rounded reach a pixel over the border. */
export function boxInside(
  [x0, y0, x1, y1]: readonly [number, number, number, number],
  [width, height]: Size,
): boolean {
  return x0 >= -1 && y0 >= -1 && x1 <= width + 1 && y1 <= height + 1;
}
