import { type FloatMap, type Mask, mapSize, tensor } from '../../tensor/tensor.ts';
import type { Ranks } from '../maps/ranks.ts';
import { resizeNearest } from '../maps/resize-nearest.ts';
import { highest } from './highest.ts';
import { localMaxima } from './local-maxima.ts';
import { skeleton } from './skeleton.ts';

/**
 * Focal points over the whole map: the `round(sqrt(S))` highest pixels of the resized low-res map `[H, W]`,
 * where S is its side, or `sqrt(H W)` if it is not square. Ties as in `highest`.
 * @param ranks of the map, if they are known
 */
export function globalFocalPoints(lowResized: FloatMap, ranks?: Ranks): Mask {
  const { height, width } = mapSize(lowResized, 'globalFocalPoints');
  return highest(lowResized, Math.round(Math.sqrt(Math.sqrt(height * width))), ranks);
}

/**
 * Focal points by neighbourhood: the local maxima of the low-res map `[h, w]` above the mean of the largest
 * and the smallest maximum (if there is none, the highest one), each enlarged to the block that it covers in
 * `[height, width]`. A flat map has none.
 * @param areas 'large' keeps the blocks, 'small' (default) thins them to their skeletons
 */
export function localFocalPoints(
  low: FloatMap,
  height: number,
  width: number,
  areas: 'small' | 'large' = 'small',
): Mask {
  const maxima = localMaxima(low);
  let largest = Number.NEGATIVE_INFINITY;
  let smallest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < low.data.length; i++) {
    if (maxima.data[i] === 0) continue;
    largest = Math.max(largest, low.data[i]);
    smallest = Math.min(smallest, low.data[i]);
  }
  const threshold = (largest + smallest) / 2;
  const points = tensor('uint8', low.shape);
  for (let i = 0; i < low.data.length; i++) {
    if (maxima.data[i] === 1 && (low.data[i] > threshold || low.data[i] === largest)) points.data[i] = 1;
  }
  const blocks = resizeNearest(points, height, width);
  return areas === 'small' ? skeleton(blocks) : blocks;
}
