/** Random affine transforms and flips of training pictures. */
import type { Random } from '../tensor/random.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';

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

/**
 * Applies an augmentation; what comes from outside the picture is 0.
 * @param picture uint8 or float32, `[H, W, C]`, or a map or mask `[H, W]`; it is not changed. uint8 values are rounded.
 * @returns a new tensor of the same type and shape (the same tensor when there is nothing to do).
 * @throws when the picture has another rank.
 */
export function applyAugmentation<D extends 'uint8' | 'float32'>(
  picture: Tensor<D>,
  { affine, flip }: Augmentation,
): Tensor<D> {
  if (picture.shape.length !== 2 && picture.shape.length !== 3) {
    throw new Error(
      `applyAugmentation: a picture has shape [H, W, C] or [H, W], this one [${picture.shape}]`,
    );
  }
  if (affine === undefined && !flip) return picture;
  const [height, width, channels = 1] = picture.shape;
  const out = tensor(picture.dtype, picture.shape);
  const size = { height, width, channels };
  if (affine === undefined) mirror(picture.data, out.data, size);
  else {
    const resample = affine.interpolation === 'bilinear' ? bilinear : nearest;
    resample(picture.data, out.data, size, inverse(affine, flip, size));
  }
  return out;
}

type Values = Uint8Array | Float32Array;

interface Size {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** The source of output pixel (x, y) is (a x + b y + c, d x + e y + f). */
type Matrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** The matrix from output pixel to source pixel: p = (R S Z)^-1 (q - centre - t) + centre. */
function inverse(
  { scaleX, scaleY, translateX, translateY, rotate, shear }: Affine,
  flip: boolean,
  { height, width }: Size,
): Matrix {
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

function mirror(source: Values, out: Values, { height, width, channels }: Size): void {
  let at = 0;
  for (let y = 0; y < height; y++) {
    let from = ((y + 1) * width - 1) * channels;
    for (let x = 0; x < width; x++, from -= channels) {
      for (let k = 0; k < channels; k++) out[at++] = source[from + k];
    }
  }
}

function nearest(
  source: Values,
  out: Values,
  { height, width, channels }: Size,
  [a, b, c, d, e, f]: Matrix,
): void {
  let at = 0;
  for (let y = 0; y < height; y++) {
    const x0 = b * y + c;
    const y0 = e * y + f;
    for (let x = 0; x < width; x++, at += channels) {
      const sx = Math.floor(x0 + a * x + 0.5);
      const sy = Math.floor(y0 + d * x + 0.5);
      if (sx < 0 || sy < 0 || sx >= width || sy >= height) continue;
      const from = (sy * width + sx) * channels;
      for (let k = 0; k < channels; k++) out[at + k] = source[from + k];
    }
  }
}

function bilinear(
  source: Values,
  out: Values,
  { height, width, channels }: Size,
  [a, b, c, d, e, f]: Matrix,
): void {
  const half = out instanceof Uint8Array ? 0.5 : 0;
  let at = 0;
  for (let y = 0; y < height; y++) {
    const x0 = b * y + c;
    const y0 = e * y + f;
    for (let x = 0; x < width; x++, at += channels) {
      const px = x0 + a * x;
      const py = y0 + d * x;
      if (px <= -1 || py <= -1 || px >= width || py >= height) continue;
      const left = Math.floor(px);
      const top = Math.floor(py);
      // Weights of the four neighbours. One outside counts 0: it has the weight 0 and the place of the one across, which is read
      // instead.
      const right = left + 1 < width ? px - left : 0;
      const below = top + 1 < height ? py - top : 0;
      const w = left >= 0 ? 1 - (px - left) : 0;
      const n = top >= 0 ? 1 - (py - top) : 0;
      const nw = n * w;
      const ne = n * right;
      const sw = below * w;
      const se = below * right;
      const across = left >= 0 && left + 1 < width ? channels : 0;
      const down = top >= 0 && top + 1 < height ? width * channels : 0;
      const from = (Math.max(top, 0) * width + Math.max(left, 0)) * channels;
      for (let i = from, j = from + down, k = at; i < from + channels; i++, j++, k++) {
        out[k] = nw * source[i] + ne * source[i + across] + sw * source[j] + se * source[j + across] + half;
      }
    }
  }
}
