/** The loader's worker threads, shared by all passes. */
import { availableParallelism } from 'node:os';
import type { Loaded, LoadTask } from './load-pictures.ts';
import { WorkerPool } from './worker-pool.ts';

/** Threads of libuv, which decode for all workers together. */
const decoders = Number(process.env.UV_THREADPOOL_SIZE) || 4;

/** One for every two decoders: they are longer busy with a picture than the worker that augments and converts it. */
export const workerCount: number = Math.min(availableParallelism(), Math.ceil(decoders / 2));

const workers = new WorkerPool<LoadTask, Loaded>(new URL('./picture-worker', import.meta.url), workerCount);

/** `loadPictures` in another thread. */
export function loadInWorkers(task: LoadTask): Promise<Loaded> {
  return workers.run(task);
}
