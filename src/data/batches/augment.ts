/** Random affine transforms and flips of training pictures. */
import type { Random } from '../../tensor/random.ts';
import { type Picture, tensor } from '../../tensor/tensor.ts';
import { type KernelWorkspace, kernels } from '../picture/kernels.ts';

/** An affine transform about the picture's centre, applied in this order: scale, shear, rotate, translate. */
export interface Affine {
  /** Factor along the width; 1 keeps it. */
  readonly scaleX: number;
  /** Factor along the height. */
  readonly scaleY: number;
  /** Share of the width, to the right. */
  readonly translateX: number;
  /** Share of the height, downwards. */
  readonly translateY: number;
  /** Degrees, clockwise as seen. */
  readonly rotate: number;
  /** Degrees by which vertical lines lean to the left at the bottom (x' = x - tan(shear) y). */
  readonly shear: number;
  readonly interpolation: 'nearest' | 'bilinear';
}

export interface Augmentation {
  /** Absent: no transform. */
  readonly affine?: Affine;
  /** Mirrored left to right, after the transform. */
  readonly flip: boolean;
}

/**
 * Draws an augmentation: with probability 0.5 an affine transform (scale 0.9 to 1.1 per axis, translation -20 to 20 % of
 * the size per axis, rotation -180 to 180 degrees, shear -5 to 5 degrees, nearest or bilinear evenly), and with
 * probability 0.5 a flip. Takes the same count of numbers from `random` each time.
 */
export function drawAugmentation(random: Random): Augmentation {
  const transformed = random.next() < 0.5;
  const affine: Affine = {
    scaleX: random.uniform(0.9, 1.1),
    scaleY: random.uniform(0.9, 1.1),
    translateX: random.uniform(-0.2, 0.2),
    translateY: random.uniform(-0.2, 0.2),
    rotate: random.uniform(-180, 180),
    shear: random.uniform(-5, 5),
    interpolation: random.next() < 0.5 ? 'nearest' : 'bilinear',
  };
  const flip = random.next() < 0.5;
  return transformed ? { affine, flip } : { flip };
}

const still: Affine = {
  scaleX: 1,
  scaleY: 1,
  translateX: 0,
  translateY: 0,
  rotate: 0,
  shear: 0,
  interpolation: 'nearest',
};

/**
 * Applies an augmentation; what comes from outside the picture is 0.
 * @param picture uint8 `[H, W, C]`, C = 3 or 1, or a mask `[H, W]`; it is not changed.
 * @returns a new one of the same shape, values rounded (the same one when there is nothing to do).
 * @throws when the picture has another shape.
 */
export function applyAugmentation(picture: Picture, { affine = still, flip }: Augmentation): Picture {
  const { shape, data } = picture;
  const [height, width, channels = 1] = shape;
  if ((shape.length !== 2 && shape.length !== 3) || (channels !== 1 && channels !== 3)) {
    throw new Error(`applyAugmentation: a picture has shape [H, W, 3 or 1] or [H, W], this one [${shape}]`);
  }
  if (affine === still && !flip) return picture;
  const matrix = inverse(affine, flip, height, width);
  const work = kernels.workspace();
  const out = work.room(data.length);
  if (affine.interpolation === 'nearest') {
    work.run.nearest(work.put(data), out, height, width, channels, ...matrix);
  } else {
    const source = putBordered(work, data, height, width * channels, channels);
    work.run.bilinear(source, out, height, width, channels, ...matrix);
  }
  return tensor('uint8', shape, work.bytes(out, data.length));
}

/** Puts a picture between zeros: a row above and below, `border` bytes to the left and right. */
function putBordered(
  work: KernelWorkspace,
  data: Uint8Array,
  height: number,
  row: number,
  border: number,
): number {
  const stride = row + 2 * border;
  const address = work.zeros(stride * (height + 2));
  for (let y = 0; y < height; y++) {
    work.write(address + (y + 1) * stride + border, data.subarray(y * row, (y + 1) * row));
  }
  return address;
}

/**
 * The matrix from output pixel to source pixel, `[a, b, c, d, e, f]` for (a x + b y + c, d x + e y + f):
 * p = (R S Z)^-1 (q - centre - t) + centre.
 */
function inverse(
  { scaleX, scaleY, translateX, translateY, rotate, shear }: Affine,
  flip: boolean,
  height: number,
  width: number,
): [number, number, number, number, number, number] {
  const [sin, cos] = sinCos(rotate);
  const tan = Math.tan((shear * Math.PI) / 180);
  const centreX = (width - 1) / 2;
  const centreY = (height - 1) / 2;
  // R S Z = [[cos, -sin], [sin, cos]] [[1, -tan], [0, 1]] diag(scaleX, scaleY); its inverse, row by row.
  let a = (cos + tan * -sin) / scaleX;
  const b = (sin + tan * cos) / scaleX;
  let d = -sin / scaleY;
  const e = cos / scaleY;
  const fromX = centreX + translateX * width;
  const fromY = centreY + translateY * height;
  let c = centreX - a * fromX - b * fromY;
  let f = centreY - d * fromX - e * fromY;
  if (flip) {
    // Output column x shows what column width - 1 - x showed.
    c += a * (width - 1);
    f += d * (width - 1);
    a = -a;
    d = -d;
  }
  return [a, b, c, d, e, f];
}

/** Sine and cosine of an angle in degrees, exact at multiples of 90. */
function sinCos(degrees: number): [number, number] {
  if (degrees % 90 === 0) {
    const quarter = (((degrees / 90) % 4) + 4) % 4;
    return [[0, 1, 0, -1][quarter], [1, 0, -1, 0][quarter]];
  }
  const angle = (degrees * Math.PI) / 180;
  return [Math.sin(angle), Math.cos(angle)];
}
