import { type FloatMap, type Mask, type Picture, tensor } from '../tensor/tensor.ts';
import { type Levels, markLevels, occurring } from './grey-levels.ts';
import { highest } from './highest.ts';

/**
 * Keeps the `percentage` % highest pixels of a `[H, W]` map: exactly that share, rounded up to whole pixels. Ties as in
 * `highest`.
 *
 * With `levels`, the same map in few levels: only the pixels of the levels above the one in which the share ends. Where
 * that one is a plateau, so that they would fall short of the share by more than 1 % of the map or by more than half of
 * the share, exactly the share after all, unless the plateau is the lowest level: it carries no evidence. 100 % is every
 * pixel in any case.
 * @param percentage in (0, 100].
 * @throws when it lies outside.
 */
export function filterPercentage(map: FloatMap, percentage: number, levels?: Levels): Mask {
  if (!(percentage > 0 && percentage <= 100)) {
    throw new Error(`filterPercentage: percentage is in (0, 100], got ${percentage}`);
  }
  const size = map.data.length;
  const count = Math.max(1, size - Math.floor((1 - percentage / 100) * size));
  if (levels === undefined || count === size) return highest(map, count);

  const { values, counts } = levels;
  const ascending = occurring(levels);
  let kept = size;
  let place = -1;
  while (kept >= count) kept -= counts[ascending[++place]];
  const end = values[ascending[place]];
  // Levels of equal value fall together.
  for (let k = place + 1; k < ascending.length && values[ascending[k]] === end; k++)
    kept -= counts[ascending[k]];
  const missing = count - kept;
  const isPlateau = missing > Math.min(size / 100, count / 2);
  return isPlateau && end > values[ascending[0]]
    ? highest(map, count)
    : markLevels(levels, (value) => value > end);
}

/**
 * Keeps the pixels of a map in levels that lie above `threshold` once it is scaled to [0, 1].
 * @param threshold in [0, 1]; 1 keeps none.
 * @throws when it lies outside.
 */
export function filterThreshold(levels: Levels, threshold: number): Mask {
  if (!(threshold >= 0 && threshold <= 1)) {
    throw new Error(`filterThreshold: threshold is in [0, 1], got ${threshold}`);
  }
  const ascending = occurring(levels);
  const min = levels.values[ascending[0]];
  const range = levels.values[ascending[ascending.length - 1]] - min || 1; // a flat map scales to zeros
  return markLevels(levels, (value) => (value - min) / range > threshold);
}

/** The picture `[H, W, C]` where the mask `[H, W]` is 1, black (0) elsewhere. */
export function cutOut(image: Picture, mask: Mask): Picture {
  const channels = image.shape[2];
  const out = tensor('uint8', image.shape);
  const marks = mask.data;
  for (let i = 0; i < marks.length; i++) {
    if (marks[i] === 0) continue;
    const from = i;
    while (i < marks.length && marks[i] === 1) i++;
    out.data.set(image.data.subarray(from * channels, i * channels), from * channels);
  }
  return out;
}
