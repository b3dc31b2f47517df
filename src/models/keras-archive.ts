/** The archives `.keras` of Keras 3: weights, and the model's configuration. */
import { unzipOne, zipNames } from '../tensor/zip.ts';
import { isHdf5 } from './hdf5.ts';
import { listed } from './keras-weight.ts';

/** The HDF5 file with the weights in a .keras file, and the configuration, as JSON. @throws when it is damaged, or no such archive */
export function openArchive(bytes: Uint8Array): { weights: Uint8Array; config?: string } {
  const names = zipNames(bytes);
  if (!names.includes('model.weights.h5')) {
    const pickled = names.some((name) => name.endsWith('.pkl'));
    throw new Error(
      pickled
        ? 'weights of PyTorch (a zip archive with a pickle), no file of Keras; export the model as ONNX'
        : `a zip archive, but no .keras file (no model.weights.h5); it holds ${listed(names)}`,
    );
  }
  const weights = unzipOne(bytes, 'model.weights.h5');
  if (!isHdf5(weights)) throw new Error('damaged: model.weights.h5 in it is no HDF5 file');
  const config = names.includes('config.json') ? unzipOne(bytes, 'config.json') : undefined;
  return { weights, config: config && new TextDecoder().decode(config) };
}
