import { type FloatMap, type Mask, type Picture, type Tensor, tensor } from '../tensor/tensor.ts';
import { highest } from './highest.ts';
import { select } from './percentile.ts';
import { above } from './region-of-interest.ts';
import { extremes, type Real, scale } from './scale.ts';

/**
 * Keeps the `percentage` % highest pixels of a `[H, W]` map: exactly that share, rounded up to whole pixels. Ties as in
 * `highest`.
 *
 * With `levels`, the same map in few levels (the pipeline's has 256 greys): only the pixels of the levels above the one
 * in which the share ends. Where that one is a plateau, so that they would fall short of the share by more than 1 % of
 * the map or by more than half of the share, exactly the share after all, unless the plateau is the lowest level: it
 * carries no evidence. 100 % is every pixel in any case.
 * @param percentage in (0, 100].
 * @throws when it lies outside.
 */
export function filterPercentage(map: FloatMap, percentage: number, levels?: Tensor<Real>): Mask {
  if (!(percentage > 0 && percentage <= 100)) {
    throw new Error(`filterPercentage: percentage is in (0, 100], got ${percentage}`);
  }
  const size = map.data.length;
  const count = Math.max(1, size - Math.floor((1 - percentage / 100) * size));
  if (levels === undefined || count === size) return highest(map, count);

  const end = select(levels.data.slice(), size - count);
  const kept = above(levels, end);
  let missing = count;
  for (const k of kept.data) missing -= k;
  const isPlateau = missing > Math.min(size / 100, count / 2);
  return isPlateau && end > extremes(levels.data).min ? highest(map, count) : kept;
}

/**
 * Keeps the pixels of a `[H, W]` map that lie above `threshold` once the map is scaled to [0, 1].
 * @param threshold in [0, 1]; 1 keeps none.
 * @throws when it lies outside.
 */
export function filterThreshold(map: Tensor<Real>, threshold: number): Mask {
  if (!(threshold >= 0 && threshold <= 1)) {
    throw new Error(`filterThreshold: threshold is in [0, 1], got ${threshold}`);
  }
  return above(scale(map), threshold);
}

/** The picture `[H, W, C]` where the mask `[H, W]` is 1, black (0) elsewhere. */
export function cutOut(image: Picture, mask: Mask): Picture {
  const channels = image.shape[2];
  const out = tensor('uint8', image.shape);
  for (let i = 0; i < mask.data.length; i++) {
    if (mask.data[i] === 0) continue;
    for (let c = i * channels; c < (i + 1) * channels; c++) out.data[c] = image.data[c];
  }
  return out;
}
