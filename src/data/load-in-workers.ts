/** The loader's worker threads, shared by all passes. */
import { availableParallelism } from 'node:os';
import type { Loaded, LoadTask } from './load-pictures.ts';
import { WorkerPool } from './worker-pool.ts';

/** One a core, up to eight. */
export const workerCount: number = Math.min(8, availableParallelism());

const workers = new WorkerPool<LoadTask, Loaded>(new URL('./picture-worker', import.meta.url), workerCount);

/** `loadPictures` in another thread. */
export function loadInWorkers(task: LoadTask): Promise<Loaded> {
  return workers.run(task);
}
