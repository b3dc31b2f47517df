/** The loader's worker threads, shared by all passes. */
import { availableParallelism } from 'node:os';
import { WorkerPool } from '../threads/worker-pool.ts';
import type { Loaded, LoadTask } from './load-pictures.ts';

/**
 * More workers would read faster than a training step needs pictures. Each has its own memory and its own
 * batch in progress.
 */
const mostWorkers = 8;

/** One worker per core: a worker decodes its pictures itself. */
export const workerCount: number = Math.min(availableParallelism(), mostWorkers);

const workers = new WorkerPool<LoadTask, Loaded>(new URL('./picture-worker', import.meta.url), workerCount);

/** `loadPictures` in a worker thread. The signal stops it. */
export function loadInWorkers(task: LoadTask, signal?: AbortSignal): Promise<Loaded> {
  return workers.run(task, signal);
}
