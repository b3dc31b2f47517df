/** The module that the threads of a run over many pictures run. */
import sharp from 'sharp';
import { serveTasks } from '../../data/threads/worker-pool.ts';
import { type BulkResult, type BulkTask, workOnBulk } from './bulk-work.ts';

// Several pictures at a time, each by one thread; none is seen twice.
sharp.concurrency(1);
sharp.cache(false);

serveTasks<BulkTask, BulkResult>(workOnBulk, () => []);
