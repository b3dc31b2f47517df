/** The module of the thread that `fuzzKeras` reads damaged files in. */
import { serveTasks } from '../../src/data/threads/worker-pool.ts';
import { readKerasFile } from '../../src/models/keras-file.ts';
import { decodeKerasModel } from '../../src/models/keras-model.ts';

/** Elements of a weight of a small file. */
const most = 1e6;

const check = (_layer: string, weight: string, shape: readonly number[]): void => {
  if (shape.reduce((a, b) => a * b, 1) > most) throw new Error(`the weight '${weight}' is too large`);
};

serveTasks<{ bytes: Uint8Array; network: boolean }, string>(
  ({ bytes, network }) =>
    (network ? decodeKerasModel(bytes, 'FILE') : readKerasFile(bytes, check)).then(
      () => 'read',
      (error) => (error instanceof Error ? error.message : `no Error but ${String(error)}`),
    ),
  () => [],
);
