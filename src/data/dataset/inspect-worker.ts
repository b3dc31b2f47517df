/** Entry module of the worker threads that inspect pictures. */
import sharp from 'sharp';
import { serveTasks } from '../threads/worker-pool.ts';
import {
  type InspectedPicture,
  type InspectTask,
  inspectPictures,
  type UnreadablePicture,
} from './inspect-pictures.ts';

// As in `picture-worker.ts`.
sharp.concurrency(1);
sharp.cache(false);

serveTasks<InspectTask, (InspectedPicture | UnreadablePicture)[]>(inspectPictures, () => []);
