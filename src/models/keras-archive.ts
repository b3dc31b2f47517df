/** Reads the archives `.keras` of Keras 3: weights, and the model's configuration. */
import { unzipOne, zipNames } from '../tensor/zip.ts';
import { isHdf5 } from './hdf5.ts';
import { listed } from './keras-weight.ts';

/** Name of the HDF5 file in such an archive. */
export const weightsName = 'model.weights.h5';

/**
 * The HDF5 file with the weights in a .keras file, and the configuration, as JSON.
 * @throws when it is damaged, or not such an archive
 */
export function openArchive(bytes: Uint8Array): { weights: Uint8Array; config?: string } {
  const names = zipNames(bytes);
  if (!names.includes(weightsName)) {
    throw new Error(`a zip archive, but not a .keras file (no ${weightsName}); it holds ${listed(names)}`);
  }
  const weights = unzipOne(bytes, weightsName);
  if (!isHdf5(weights)) throw new Error(`damaged: ${weightsName} in it is not an HDF5 file`);
  const config = names.includes('config.json') ? unzipOne(bytes, 'config.json') : undefined;
  return { weights, config: config && new TextDecoder().decode(config) };
}
