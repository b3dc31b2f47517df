/** Exif orientations: the turn from stored pixels to the upright picture. CIPA DC-008, tag 0x0112. */

/** 1: upright; 2, 4, 5, 7: mirrored; 5 to 8: width and height are swapped. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

type Size = readonly [width: number, height: number];

/** A file's orientation. Invalid and missing values count as upright, as in `readPicture`. */
export function orientationOf(found: number | undefined): Orientation {
  return found !== undefined && found >= 1 && found <= 8 ? (Math.trunc(found) as Orientation) : 1;
}

/** Converts a size between stored and upright orientation, in either direction. */
export function turnedSize([width, height]: Size, orientation: Orientation): Size {
  return orientation >= 5 ? [height, width] : [width, height];
}

/** The upright position of a point. For pixels, the far corner is the last pixel. */
function turnedPoint(
  [x, y]: readonly [number, number],
  [right, bottom]: Size,
  orientation: Orientation,
): [number, number] {
  const across = [2, 3, 7, 8].includes(orientation) ? right - x : x;
  const down = [3, 4, 6, 7].includes(orientation) ? bottom - y : y;
  return orientation >= 5 ? [down, across] : [across, down];
}

/**
 * Turns a box upright.
 * @param box `[x0, y0, x1, y1)` in the stored orientation
 * @param size width and height in the stored orientation
 */
export function turnBox(
  [x0, y0, x1, y1]: readonly [number, number, number, number],
  size: Size,
  orientation: Orientation,
): [number, number, number, number] {
  const [a, b] = turnedPoint([x0, y0], size, orientation);
  const [c, d] = turnedPoint([x1, y1], size, orientation);
  return [Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)];
}

/**
 * Turns one value per pixel upright, `[H, W]`; returns the same array if nothing changes.
 * @param size width and height in the stored orientation
 */
export function turnValues<T extends Uint8Array | Uint32Array>(
  values: T,
  [width, height]: Size,
  orientation: Orientation,
): T {
  if (orientation === 1) return values;
  const [stride] = turnedSize([width, height], orientation);
  const step = (x: number, y: number): number => {
    const [across, down] = turnedPoint([x, y], [width - 1, height - 1], orientation);
    return down * stride + across;
  };
  const out = values.slice() as T;
  const start = step(0, 0);
  const [right, below] = [step(1, 0) - start, step(0, 1) - start];
  for (let y = 0, from = 0; y < height; y++) {
    for (let x = 0; x < width; x++) out[start + x * right + y * below] = values[from++];
  }
  return out;
}
