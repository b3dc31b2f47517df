/** NumPy's .npz files: zip archives with a .npy file for each array. */
import { decodeNpy } from './npy.ts';
import type { Tensor } from './tensor.ts';
import { unzipOne, zipNames } from './zip.ts';

/** Limit on the names that an error lists. */
const listed = 12;

/**
 * Reads one array of a .npz file.
 * @param array its name, without `.npy`; may be left out if the file has only one array
 * @param name in error messages, usually the file's
 * @throws when the archive is damaged, has no array, none of that name, or several without a choice, which
 * are listed; else as `decodeNpy`
 */
export function decodeNpz(bytes: Uint8Array, array?: string, name = 'the archive'): Tensor {
  const entry = named(name, () => choose(zipNames(bytes), array));
  const file = named(name, () => unzipOne(bytes, entry));
  return decodeNpy(file, `${name}:${arrayName(entry)}`);
}

function named<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
  }
}

function choose(files: readonly string[], array: string | undefined): string {
  const arrays = files.filter((file) => file.endsWith('.npy'));
  const names = list(arrays.map(arrayName));
  if (arrays.length === 0) {
    throw new Error(`a zip archive without arrays of NumPy (.npy); it holds ${list(files) || 'no files'}`);
  }
  if (array === undefined) {
    if (arrays.length === 1) return arrays[0];
    throw new Error(`it holds several arrays, choose one, as FILE.npz:${arrayName(arrays[0])}: ${names}`);
  }
  const found = arrays.find((file) => arrayName(file) === array);
  if (found === undefined) throw new Error(`it holds no array '${array}', but ${names}`);
  return found;
}

function arrayName(file: string): string {
  return file.replace(/\.npy$/, '');
}

function list(names: readonly string[]): string {
  const more = names.length - listed;
  return names.slice(0, listed).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
