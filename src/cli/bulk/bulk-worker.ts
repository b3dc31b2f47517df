/** The entry module of the worker threads of a run over many pictures. */
import sharp from 'sharp';
import { serveTasks } from '../../data/threads/worker-pool.ts';
import { type BulkResult, type BulkTask, workOnBulk } from './bulk-work.ts';

// Each thread decodes one picture at a time. No picture is read twice, so a cache would not help.
sharp.concurrency(1);
sharp.cache(false);

serveTasks<BulkTask, BulkResult>(workOnBulk, () => []);
