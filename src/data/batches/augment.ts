/** Random changes of training pictures: affine transforms, crops, flips, colours. */
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

/**
 * A part of the picture with the picture's aspect ratio, enlarged to the whole. Corner and side are shares of
 * the picture's sides.
 */
export interface Crop {
  readonly left: number;
  readonly top: number;
  readonly side: number;
}

/**
 * Colour factors; 1 changes nothing. The order is brightness, contrast about the picture's mean grey,
 * saturation about each pixel's grey (luma of ITU-R BT.601). Nothing is rounded between the steps.
 */
export interface Colour {
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
}

/** Random changes of one picture, as drawn by `drawAugmentation`. */
export interface Augmentation {
  /** Applied before the affine transform. Default: the whole picture. */
  readonly crop?: Crop;
  /** Default: no transform. */
  readonly affine?: Affine;
  /** Whether the picture is mirrored left to right, after the transform. */
  readonly flip: boolean;
  /** Applied before everything else. Default: colours are unchanged. */
  readonly colour?: Colour;
}

/** Ranges of the random changes. 0 switches a change off; for `cropScale` that value is 1. */
export interface AugmentationRanges {
  /** Degrees in either direction, 0 to 180. */
  readonly rotate: number;
  /** Share of the width and of the height, in either direction, 0 to 1. */
  readonly shift: number;
  /** Factors of width and height are drawn separately from [1 - scale, 1 + scale]; 0 to below 1. */
  readonly scale: number;
  /** Degrees in either direction, 0 to below 90. */
  readonly shear: number;
  /** Whether half of the pictures are mirrored. */
  readonly flip: boolean;
  /**
   * The factor is drawn from [1 - brightness, 1 + brightness]; 0 to 1. `contrast` and `saturation` work
   * alike.
   */
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
  /** The smallest visible share of the picture's area, above 0 to 1. */
  readonly cropScale: number;
}

/** The ranges of the reference implementation. */
export const defaultRanges: AugmentationRanges = {
  rotate: 180,
  shift: 0.2,
  scale: 0.1,
  shear: 5,
  flip: true,
  brightness: 0,
  contrast: 0,
  saturation: 0,
  cropScale: 1,
};

/**
 * Draws an augmentation, each number uniformly from its range. An affine transform has probability 0.5: a
 * scale and a translation per axis, a rotation, a shear, and nearest or bilinear interpolation with equal
 * probability. A flip has probability 0.5. Colour factors and a crop of uniform area and position are drawn
 * whenever they are switched on. Transform and flip take the same count of numbers from `random` whatever
 * their ranges are. Colours and crops take none when switched off.
 */
export function drawAugmentation(random: Random, ranges: AugmentationRanges = defaultRanges): Augmentation {
  const { rotate, shift, scale, shear, cropScale } = ranges;
  const about = (centre: number, range: number): number => random.uniform(centre - range, centre + range);
  const transformed = random.next() < 0.5;
  const affine: Affine = {
    scaleX: about(1, scale),
    scaleY: about(1, scale),
    translateX: about(0, shift),
    translateY: about(0, shift),
    rotate: about(0, rotate),
    shear: about(0, shear),
    interpolation: random.next() < 0.5 ? 'nearest' : 'bilinear',
  };
  const flip = random.next() < 0.5 && ranges.flip;
  const moves = rotate > 0 || shift > 0 || scale > 0 || shear > 0;
  return {
    ...(transformed && moves && { affine }),
    flip,
    ...(changesColour(ranges) && {
      colour: {
        brightness: about(1, ranges.brightness),
        contrast: about(1, ranges.contrast),
        saturation: about(1, ranges.saturation),
      },
    }),
    ...(cropScale < 1 && { crop: drawCrop(random, cropScale) }),
  };
}

function changesColour({ brightness, contrast, saturation }: AugmentationRanges): boolean {
  return brightness > 0 || contrast > 0 || saturation > 0;
}

function drawCrop(random: Random, least: number): Crop {
  const side = Math.sqrt(random.uniform(least, 1));
  return { left: random.uniform(0, 1 - side), top: random.uniform(0, 1 - side), side };
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

/** The affine transform of a picture that is only cropped. */
const cropped: Affine = { ...still, interpolation: 'bilinear' };

/**
 * Applies an augmentation. Pixels from outside the picture are 0.
 * @param picture uint8 `[H, W, C]`, C = 3 or 1, or a mask `[H, W]`; it is not changed
 * @returns a new picture of the same shape, values rounded; the same object when nothing changes
 * @throws when the picture has another shape
 */
export function applyAugmentation(picture: Picture, augmentation: Augmentation): Picture {
  const { crop, colour, flip, affine = crop ? cropped : still } = augmentation;
  const { shape } = picture;
  const [height, width, channels = 1] = shape;
  if ((shape.length !== 2 && shape.length !== 3) || (channels !== 1 && channels !== 3)) {
    throw new Error(`applyAugmentation: a picture has shape [H, W, 3 or 1] or [H, W], this one [${shape}]`);
  }
  const coloured = colour ? recoloured(picture, colour) : picture;
  if (affine === still && !flip) return coloured;
  const { data } = coloured;
  const matrix = withinCrop(inverse(affine, flip, height, width), crop, height, width);
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

/**
 * With brightness b, contrast c, saturation s, grey g of the pixel and m of the whole picture, a channel x
 * becomes c b (s x + (1 - s) g) + (1 - c) b m. A picture of one channel is its own grey.
 */
function recoloured({ shape, data }: Picture, { brightness, contrast, saturation }: Colour): Picture {
  const channels = shape[2] === 3 ? 3 : 1;
  const greyAt = (i: number): number =>
    channels === 3 ? 0.299 * data[i] + 0.587 * data[i + 1] + 0.114 * data[i + 2] : data[i];
  let sum = 0;
  for (let i = 0; i < data.length; i += channels) sum += greyAt(i);
  const gain = contrast * brightness;
  const offset = ((1 - contrast) * brightness * sum * channels) / data.length;
  const out = new Uint8ClampedArray(data.length);
  for (let i = 0; i < data.length; i += channels) {
    const grey = gain * (1 - saturation) * greyAt(i) + offset;
    for (let c = 0; c < channels; c++) out[i + c] = gain * saturation * data[i + c] + grey;
  }
  return tensor('uint8', shape, new Uint8Array(out.buffer));
}

type Matrix = [number, number, number, number, number, number];

/**
 * The matrix into the source picture with a crop applied. The outermost pixels of crop and result coincide,
 * so that nothing outside the crop is mixed in.
 */
function withinCrop(matrix: Matrix, crop: Crop | undefined, height: number, width: number): Matrix {
  if (!crop) return matrix;
  const { left, top, side } = crop;
  const [a, b, c, d, e, f] = matrix;
  return [
    side * a,
    side * b,
    side * c + left * (width - 1),
    side * d,
    side * e,
    side * f + top * (height - 1),
  ];
}

/** Writes a picture surrounded by zeros: one row above and below, `border` bytes to the left and right. */
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
