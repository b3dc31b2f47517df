/** Reads weights in Keras' layout from HDF5 datasets. */
import type { Group } from 'h5wasm';
import { attempt, get, isDataset, readerFor } from './hdf5.ts';

/** A weight in Keras' layout. */
export interface KerasWeight {
  /** Without path and number: `kernel` for `conv_aux/kernel:0`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface KerasLayer {
  readonly name: string;
  readonly weights: readonly KerasWeight[];
}

/** Called for each weight before its elements are read; throws if the weight is not accepted. */
export type CheckWeight = (layer: string, weight: string, shape: readonly number[]) => void;

/** @throws when it is missing, damaged, not float, or `check` throws */
export function readWeight(
  group: Group,
  path: string,
  layer: string,
  name: string,
  check: CheckWeight,
): KerasWeight {
  const what = `the weight '${layer}/${name}'`;
  const dataset = get(group, path, what);
  if (!isDataset(dataset)) throw new Error(`damaged: ${what} is missing`);
  const { shape, read } = attempt(what, () => ({ shape: dataset.shape, read: readerFor(dataset) }));
  if (!read) {
    const dtype = attempt(what, () => dataset.dtype);
    throw new Error(`${what} should be float32, the file has ${JSON.stringify(dtype)}`);
  }
  if (!shape) throw new Error(`damaged: ${what} has no shape`);
  check(layer, name, shape);
  const data = attempt(what, read);
  const size = shape.reduce((product, length) => product * length, 1);
  if (data?.length !== size) throw new Error(`damaged: ${what} cannot be read`);
  return { name, shape, data };
}

/** The first of some names, for a message. */
export function listed(names: readonly string[]): string {
  const more = names.length - 8;
  return `${names.slice(0, 8).join(', ') || 'nothing'}${more > 0 ? ` and ${more} more` : ''}`;
}
