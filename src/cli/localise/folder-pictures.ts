/** The measured pictures of a test folder. */
import { relative } from 'node:path';
import { batches } from '../../data/batches/batches.ts';
import { PictureCache } from '../../data/batches/picture-cache.ts';
import type { GroundTruthFolder } from '../../data/dataset/ground-truth.ts';
import type { ImageFolder } from '../../data/dataset/image-folder.ts';
import { type MeasuredPictures, withTruths } from './pictures.ts';

export function folderPictures(split: ImageFolder, groundTruth: GroundTruthFolder): MeasuredPictures {
  return {
    dir: split.dir,
    count: split.samples.length,
    notes: groundTruth.notes,
    batches: ({ imSize, batchSize, valueRange, onNote, channels }, onSkipped, wanted = split.samples) =>
      withTruths(
        batches(
          { ...split, samples: wanted },
          {
            size: imSize,
            channels: channels as 1 | 3,
            batchSize,
            valueRange,
            onNote,
            cache: new PictureCache(0),
            onUnreadable: (path, { reason }) => onSkipped(path, reason),
          },
        ),
        ({ paths }) => Promise.all(paths.map((path) => groundTruth.of(path))),
        onSkipped,
      ),
    hold: async () => {},
    one: async (path) => ({ file: path, truth: await groundTruth.of(path) }),
    nameOf: (path) => relative(split.dir, path),
  };
}
