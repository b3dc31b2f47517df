import { type FloatMap, type Mask, type Picture, tensor } from '../../tensor/tensor.ts';
import { countAbove, type Levels, markLevels, occurring } from '../regions/grey-levels.ts';
import { highest } from '../regions/highest.ts';
import { kernels } from './kernels.ts';

/**
 * Keeps the `percentage` % highest pixels of a `[H, W]` map: exactly that share, rounded up to whole pixels.
 * Ties as in `highest`.
 *
 * With `levels`, the same map in few levels, only the pixels above the level at which the share is reached
 * are kept. That level may be a plateau, without which the pixels are fewer than the share by more than 1 %
 * of the map or more than half of the share. Then exactly the share is kept, unless the plateau is the lowest
 * level, which carries no evidence. 100 % keeps every pixel in any case.
 * @param percentage in (0, 100]
 * @throws when it is out of range
 */
export function filterPercentage(map: FloatMap, percentage: number, levels?: Levels): Mask {
  if (!(percentage > 0 && percentage <= 100)) {
    throw new Error(`filterPercentage: percentage is in (0, 100], got ${percentage}`);
  }
  const size = map.data.length;
  const count = Math.max(1, size - Math.floor((1 - percentage / 100) * size));
  if (levels === undefined || count === size) return highest(map, count);

  // The lowest value that fewer pixels exceed than are to be kept.
  const ascending = occurring(levels);
  let [place, last] = [0, ascending.length - 1];
  while (place < last) {
    const middle = (place + last) >> 1;
    if (countAbove(levels, ascending[middle]) < count) last = middle;
    else place = middle + 1;
  }
  const end = ascending[place];
  const missing = count - countAbove(levels, end);
  const isPlateau = missing > Math.min(size / 100, count / 2);
  return isPlateau && place > 0 ? highest(map, count) : markLevels(levels, (value) => value > end);
}

/**
 * Keeps the pixels whose level, scaled to [0, 1], is above `threshold`.
 * @param threshold in [0, 1]; 1 keeps none
 * @throws when it is out of range
 */
export function filterThreshold(levels: Levels, threshold: number): Mask {
  if (!(threshold >= 0 && threshold <= 1)) {
    throw new Error(`filterThreshold: threshold is in [0, 1], got ${threshold}`);
  }
  const ascending = occurring(levels);
  const min = ascending[0];
  const range = ascending[ascending.length - 1] - min || 1; // a flat map scales to zeros
  return markLevels(levels, (value) => (value - min) / range > threshold);
}

/** The picture `[H, W, C]` where the mask `[H, W]` is 1, black (0) elsewhere. */
export function cutOut(image: Picture, mask: Mask): Picture {
  const size = image.data.length;
  const work = kernels.workspace();
  const out = work.zeros(size);
  work.run.cutOut(work.put(image.data), work.put(mask.data), out, mask.data.length, image.shape[2]);
  return tensor('uint8', image.shape, work.bytes(out, size));
}
