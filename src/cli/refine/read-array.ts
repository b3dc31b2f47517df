/** Reads arrays from NumPy files, .npy or .npz, distinguished by content. */
import { readRegular } from '../../data/files/read-file.ts';
import { FileError } from '../../errors/file-error.ts';
import { decodeNpy, isNpy } from '../../tensor/npy.ts';
import { decodeNpz } from '../../tensor/npz.ts';
import { reshape, type Tensor } from '../../tensor/tensor.ts';
import { isZip } from '../../tensor/zip.ts';

/** A file, and the name of an array in it: `maps.npz:high`. */
export interface ArrayPath {
  readonly path: string;
  readonly array?: string;
}

/** Parses a path with an optional array name after `.npz:`. */
export function parseArrayPath(text: string): ArrayPath {
  const [, path = text, array] = /^(.*\.npz):(.+)$/is.exec(text) ?? [];
  return { path, array };
}

/**
 * The bytes of a file, and the array in them; `found` is undefined when the file is of another kind.
 * @throws `FileError` when the file cannot be read, or its array is invalid
 */
export async function readArray({ path, array }: ArrayPath): Promise<{ bytes: Uint8Array; found?: Tensor }> {
  const bytes = await readRegular(path);
  if (isZip(bytes)) return { bytes, found: decodeNpz(bytes, array, path) };
  if (array !== undefined)
    throw new FileError(path, `not a .npz file; only there can ':${array}' choose an array`);
  if (bytes[0] === 0x80 && bytes[1] >= 2 && bytes[1] <= 5) {
    throw new FileError(path, 'a Python pickle, which is not supported; save the array with numpy.save');
  }
  return { bytes, found: isNpy(bytes) ? decodeNpy(bytes, path) : undefined };
}

/**
 * Removes leading axes of length 1 while there are more than `rank` axes.
 * @param behind whether trailing axes may be removed, too; default: false
 */
export function squeezed(array: Tensor, rank: number, behind = false): Tensor {
  const shape = [...array.shape];
  while (shape.length > rank && shape[0] === 1) shape.shift();
  while (behind && shape.length > rank && shape.at(-1) === 1) shape.pop();
  return reshape(array, shape);
}

/**
 * The smallest and largest value.
 * @throws when a value is not finite, with the count and position of such values
 */
export function finiteRange(array: Tensor, what: string): { min: number; max: number } {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let [odd, nan, first] = [0, 0, -1];
  for (let i = 0; i < array.data.length; i++) {
    const value = Number(array.data[i]);
    if (Number.isFinite(value)) {
      if (value < min) min = value;
      if (value > max) max = value;
      continue;
    }
    if (odd++ === 0) first = i;
    if (Number.isNaN(value)) nan++;
  }
  if (odd > 0) {
    const where = array.shape.map((length, axis) => {
      const stride = array.shape.slice(axis + 1).reduce((product, dim) => product * dim, 1);
      return Math.floor(first / stride) % length;
    });
    throw new Error(
      `${what} has finite values only; ${odd} of ${array.data.length} are not (${nan} NaN, ${odd - nan} infinite), the first at [${where.join(', ')}]`,
    );
  }
  return { min, max };
}
