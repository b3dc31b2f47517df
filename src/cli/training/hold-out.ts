/** Holds out a share of the training images to choose the best epoch. */
import type { ImageFolder, Sample } from '../../data/dataset/image-folder.ts';
import { epochRandom } from '../../train/epoch-random.ts';

/**
 * Holds out the share of each class, rounded, at random by the seed; a class of one image is kept whole.
 * @param share in [0, 1)
 * @returns both parts in the order of the split; `heldOut` is absent when the share includes no image
 */
export function holdOut(
  split: ImageFolder,
  share: number,
  seed: number,
): { train: ImageFolder; heldOut?: ImageFolder } {
  const random = epochRandom(seed, 'hold-out', 0);
  const chosen = new Set<Sample>();
  for (const label of split.classes.keys()) {
    const own = split.samples.filter((sample) => sample.label === label);
    const count = Math.min(Math.round(share * own.length), own.length - 1);
    for (const sample of random.shuffle(own).slice(0, count)) chosen.add(sample);
  }
  if (chosen.size === 0) return { train: split };
  const part = (isChosen: boolean): ImageFolder => ({
    ...split,
    samples: split.samples.filter((sample) => chosen.has(sample) === isChosen),
  });
  return { train: part(false), heldOut: part(true) };
}
