/** Entry module of the thread that reads a Keras file. */
import { serveTasks } from './data/threads/worker-pool.ts';
import { decodeKerasModel, type KerasOptions } from './models/keras-model.ts';
import type { Model } from './models/model.ts';

/** A Keras file to read. */
export interface KerasTask {
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly options: KerasOptions;
}

serveTasks<KerasTask, Model>(
  ({ bytes, name, options }) => decodeKerasModel(bytes, name, options),
  ({ weights }) => [...new Set([...weights.values()].map(({ data }) => data.buffer as ArrayBuffer))],
);
