/** Reads a class activation map saved by another tool: a NumPy array, or a grey PNG. */
import { readGreyMap } from '../../data/picture/grey-map.ts';
import { FileError } from '../../errors/file-error.ts';
import { type FloatMap, mapSize, type Tensor, tensor } from '../../tensor/tensor.ts';
import { finiteRange, parseArrayPath, readArray, squeezed } from './read-array.ts';

/**
 * @param text a path; for a .npz file with several arrays, followed by the array's name: `maps.npz:high`
 * @param tell called with a line about each assumption
 * @throws `FileError` when it cannot be read, is not a map, or has values that are not finite
 */
export async function readMap(text: string, tell: (line: string) => void): Promise<FloatMap> {
  const from = parseArrayPath(text);
  const { bytes, found } = await readArray(from);
  try {
    if (found) return toMap(found);
    const { map, bits } = await greyMap(bytes);
    tell(
      `${text}: a picture, read as a map: its ${bits}-bit grey levels, 0 to ${2 ** bits - 1}, become 0 to 1`,
    );
    return map;
  } catch (error) {
    throw FileError.from(text, error);
  }
}

/** As `readGreyMap`, but the error about a file that is not a picture lists the supported kinds of maps. */
async function greyMap(bytes: Uint8Array): ReturnType<typeof readGreyMap> {
  if (bytes.length === 0) throw new Error('the file is empty');
  if (bytes[0] !== 0x89) throw new Error('a map must be a .npy file, a .npz file or a grey PNG');
  return readGreyMap(bytes);
}

/** A real array `[H, W]`, possibly with further axes of length 1. */
function toMap(array: Tensor): FloatMap {
  const map = squeezed(array, 2, true);
  if (map.shape.length !== 2) throw new Error(`a map [H, W] is needed, got [${array.shape}]`);
  mapSize(map, 'no pixels');
  const { min, max } = finiteRange(map, 'a map');
  if (!Number.isFinite(Math.fround(min)) || !Number.isFinite(Math.fround(max))) {
    throw new Error(`its values, from ${min} to ${max}, exceed the range of float32`);
  }
  return tensor('float32', map.shape, Float32Array.from(map.data as Float32Array, Number));
}
