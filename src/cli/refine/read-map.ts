/** A class activation map that another tool saved: an array of NumPy's, or a grey PNG. */
import { readGreyMap } from '../../data/picture/grey-map.ts';
import { FileError } from '../../errors/file-error.ts';
import { type FloatMap, mapSize, type Tensor, tensor } from '../../tensor/tensor.ts';
import { finiteRange, parseArrayPath, readArray, squeezed } from './read-array.ts';

/**
 * @param text a path; of a .npz file with several arrays with a name behind it, as `maps.npz:high`
 * @param tell what is assumed, a line each
 * @throws `FileError` when it cannot be read, is no map, or has values that are not finite
 */
export async function readMap(text: string, tell: (line: string) => void): Promise<FloatMap> {
  const from = parseArrayPath(text);
  const { bytes, found } = await readArray(from);
  try {
    if (found) return toMap(found);
    const { map, bits } = await greyMap(bytes);
    tell(
      `${text}: a picture, taken for a map: its ${bits}-bit grey levels, 0 to ${2 ** bits - 1}, as 0 to 1`,
    );
    return map;
  } catch (error) {
    throw FileError.from(text, error);
  }
}

/** `readGreyMap`, saying of what is no picture either which kinds of maps are read. */
async function greyMap(bytes: Uint8Array): ReturnType<typeof readGreyMap> {
  if (bytes.length === 0) throw new Error('the file is empty');
  if (bytes[0] !== 0x89)
    throw new Error('not a .npy file, nor .npz or a grey PNG, which are the kinds of maps');
  return readGreyMap(bytes);
}

/** Real numbers `[H, W]`, also with axes of length 1 around it. */
function toMap(array: Tensor): FloatMap {
  const map = squeezed(array, 2, true);
  if (map.shape.length !== 2) throw new Error(`a map [H, W] is needed, got [${array.shape}]`);
  mapSize(map, 'no pixels');
  const { min, max } = finiteRange(map, 'a map');
  if (!Number.isFinite(Math.fround(min)) || !Number.isFinite(Math.fround(max))) {
    throw new Error(`its values lie between ${min} and ${max}, further than float32 goes`);
  }
  return tensor('float32', map.shape, Float32Array.from(map.data as Float32Array, Number));
}
