/** The module of the worker threads that inspect pictures. */
import sharp from 'sharp';
import { type InspectedPicture, inspectPictures, type UnreadablePicture } from './inspect-pictures.ts';
import { serveTasks } from './worker-pool.ts';

// As in `picture-worker.ts`.
sharp.concurrency(1);
sharp.cache(false);

serveTasks<readonly string[], (InspectedPicture | UnreadablePicture)[]>(inspectPictures, () => []);
