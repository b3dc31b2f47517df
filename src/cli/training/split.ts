/** Images for training or for validation: a folder's, or a stream's. */
import type { ImageFolder } from '../../data/dataset/image-folder.ts';
import type { StreamSplit } from './stream-split.ts';

export type Split = ImageFolder | StreamSplit;

export function isFolder(split: Split): split is ImageFolder {
  return 'samples' in split;
}

/** Number of images by class, readable or not. */
export function countsOf(split: Split): readonly number[] {
  if (!isFolder(split)) return split.counts;
  const counts = split.classes.map(() => 0);
  for (const { label } of split.samples) counts[label]++;
  return counts;
}

/** Number of images, readable or not. */
export function imagesIn(split: Split): number {
  return isFolder(split) ? split.samples.length : split.counts.reduce((sum, count) => sum + count, 0);
}
