/** The module of the worker threads that inspect pictures. */
import sharp from 'sharp';
import { serveTasks } from '../threads/worker-pool.ts';
import { type InspectedPicture, inspectPictures, type UnreadablePicture } from './inspect-pictures.ts';

// As in `picture-worker.ts`.
sharp.concurrency(1);
sharp.cache(false);

serveTasks<readonly string[], (InspectedPicture | UnreadablePicture)[]>(inspectPictures, () => []);
