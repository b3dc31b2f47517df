/** Entry module of the loader's worker threads. */
import sharp from 'sharp';
import { serveTasks } from '../threads/worker-pool.ts';
import { type Loaded, type LoadTask, loadPictures } from './load-pictures.ts';

// Each worker decodes several pictures at a time, one thread each. No picture is read twice.
sharp.concurrency(1);
sharp.cache(false);

serveTasks<LoadTask, Loaded>(
  loadPictures,
  ({ pictures, decoded }) => [pictures.buffer, decoded.buffer] as ArrayBuffer[],
);
