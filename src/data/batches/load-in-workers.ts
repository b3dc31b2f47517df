/** The loader's worker threads, shared by all passes. */
import { availableParallelism } from 'node:os';
import { WorkerPool } from '../threads/worker-pool.ts';
import type { Loaded, LoadTask } from './load-pictures.ts';

/** More read faster than a training step uses up pictures; each has memory of its own, and a batch of its own under way. */
const mostWorkers = 8;

/** One a core: a worker decodes its pictures itself. */
export const workerCount: number = Math.min(availableParallelism(), mostWorkers);

const workers = new WorkerPool<LoadTask, Loaded>(new URL('./picture-worker', import.meta.url), workerCount);

/** `loadPictures` in another thread, which the signal ends. */
export function loadInWorkers(task: LoadTask, signal?: AbortSignal): Promise<Loaded> {
  return workers.run(task, signal);
}
