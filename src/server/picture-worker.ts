/** The module that the server's worker threads run. */
import sharp from 'sharp';
import { serveTasks } from '../data/threads/worker-pool.ts';
import { type PictureResult, type PictureTask, workOnPicture } from './picture-work.ts';

// Several pictures at a time, one thread each; no picture is decoded twice.
sharp.concurrency(1);
sharp.cache(false);

serveTasks<PictureTask, PictureResult>(workOnPicture, () => []);
