/** Reads a picture saved as a NumPy array. */
import { FileError } from '../../errors/file-error.ts';
import { type Picture, sizeOf, type Tensor, tensor } from '../../tensor/tensor.ts';
import { type ArrayPath, finiteRange, readArray, squeezed } from './read-array.ts';

/**
 * @param tell called with a line about each assumption
 * @returns uint8 `[H, W, 1 or 3]`; undefined when the file is not an array, but perhaps a picture
 * @throws `FileError` when it cannot be read, or does not have the shape or values of a picture
 */
export async function readPictureArray(
  from: ArrayPath,
  tell: (line: string) => void,
): Promise<Picture | undefined> {
  const { found } = await readArray(from);
  const say = (line: string): void => tell(`${from.path}: ${line}`);
  try {
    return found && toPicture(found, say);
  } catch (error) {
    throw FileError.from(from.path, error);
  }
}

function toPicture(array: Tensor, say: (line: string) => void): Picture {
  const batch = squeezed(array, 3);
  const layout = layoutOf(batch.shape);
  if (layout === undefined || sizeOf(batch.shape) === 0) {
    throw new Error(
      `a picture is [H, W], [H, W, 1] or [H, W, 3], or channels first, got ${array.dtype} [${array.shape}]`,
    );
  }
  const { height, width, channels, first } = layout;
  if (first && channels === 3)
    say(`[${array.shape}] is read with channels first: 3 channels of ${height} x ${width}`);
  const levels = toLevels(batch, say);
  if (!first) return tensor('uint8', [height, width, channels], levels);
  const pixels = height * width;
  const data = levels.map((_, i) => levels[(i % channels) * pixels + Math.floor(i / channels)]);
  return tensor('uint8', [height, width, channels], data);
}

interface Layout {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Whether the channel axis comes first. */
  readonly first: boolean;
}

function layoutOf([a, b, c, ...more]: readonly number[]): Layout | undefined {
  if (b === undefined || more.length > 0) return undefined;
  if (c === undefined) return { height: a, width: b, channels: 1, first: false };
  if (c === 1 || c === 3) return { height: a, width: b, channels: c, first: false };
  return a === 1 || a === 3 ? { height: b, width: c, channels: a, first: true } : undefined;
}

/** Tolerance for computed values outside their range. */
const slack = 1e-3;

/** Converts to 8-bit grey levels. Fractions are in [0, 1] or in [0, 255], as their range shows. */
function toLevels(array: Tensor, say: (line: string) => void): Uint8Array {
  const { min, max } = finiteRange(array, 'a picture');
  const isFloat = array.dtype === 'float32' || array.dtype === 'float64';
  const unit = isFloat && min >= -slack && max <= 1 + slack;
  if (array.dtype === 'bool' || (!unit && (min < -slack || max > 255 + slack))) {
    throw new Error(
      `a picture has whole numbers from 0 to 255, or floats from 0 to 1; this one is ${array.dtype}, from ${min} to ${max}`,
    );
  }
  if (unit) say(`${array.dtype} from ${min} to ${max} is read as a picture with 1 as white`);
  else if (max <= 1) say('no value is above 1, and 255 is white: the picture is almost black');
  else if (isFloat) say(`${array.dtype} from ${min} to ${max} is read as a picture with 255 as white`);
  const white = unit ? 255 : 1;
  return Uint8ClampedArray.from(
    array.data as Float32Array,
    (value) => Number(value) * white,
  ) as unknown as Uint8Array;
}
