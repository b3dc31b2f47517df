/** The module that the loader's worker threads run. */
import sharp from 'sharp';
import { serveTasks } from '../threads/worker-pool.ts';
import { type Loaded, type LoadTask, loadPictures } from './load-pictures.ts';

// Several pictures at a time, each by one thread; none is seen twice.
sharp.concurrency(1);
sharp.cache(false);

serveTasks<LoadTask, Loaded>(
  loadPictures,
  ({ pictures, decoded }) => [pictures.buffer, decoded.buffer] as ArrayBuffer[],
);
