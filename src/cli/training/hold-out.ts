/** A share of the training images that is held out of the training, to choose the best epoch on. */
import type { ImageFolder, Sample } from '../../data/dataset/image-folder.ts';
import { epochRandom } from '../../train/epoch-random.ts';

/**
 * Takes that share of each class, rounded, in an order that the seed draws; of a class with one image none.
 * @param share in [0, 1)
 * @returns both parts in the order of the split; no `heldOut` where the share takes no image
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
