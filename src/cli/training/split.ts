/** Images of one purpose, to train or to validate on: a folder's, or those of a stream. */
import type { ImageFolder } from '../../data/dataset/image-folder.ts';
import type { StreamSplit } from './stream-split.ts';

export type Split = ImageFolder | StreamSplit;

export function isFolder(split: Split): split is ImageFolder {
  return 'samples' in split;
}

/** How many images there are of each class, readable or not. */
export function countsOf(split: Split): readonly number[] {
  if (!isFolder(split)) return split.counts;
  const counts = split.classes.map(() => 0);
  for (const { label } of split.samples) counts[label]++;
  return counts;
}

/** How many images there are, readable or not. */
export function imagesIn(split: Split): number {
  return isFolder(split) ? split.samples.length : split.counts.reduce((sum, count) => sum + count, 0);
}
