/** The module of the thread that `KerasThread` reads files in. */
import { serveTasks } from '../../src/data/threads/worker-pool.ts';
import { readKerasFile } from '../../src/models/keras-file.ts';

/** Limit on the elements of a weight, as small files have. */
const most = 1e6;

const check = (_layer: string, weight: string, shape: readonly number[]): void => {
  if (shape.reduce((a, b) => a * b, 1) > most) throw new Error(`the weight '${weight}' is too large`);
};

serveTasks<Uint8Array, string>(
  (bytes) =>
    readKerasFile(bytes, check).then(
      () => 'read',
      (error) => (error instanceof Error ? error.message : `no Error but ${String(error)}`),
    ),
  () => [],
);
