import type { FloatMap } from '../../tensor/tensor.ts';
import type { CompleteOptions } from '../parameters.ts';
import { otsu } from './otsu.ts';
import { extremes } from './scale.ts';

export type KeepOptions = Pick<CompleteOptions, 'filterType' | 'filterPercentage' | 'filterThreshold'>;

/**
 * The value above which pixels of a map are kept. For a share, the value for which the number of pixels above
 * it is nearest to that share; for a flat map, a value that no pixel exceeds, unless all pixels are kept.
 */
export function keepLimit(
  map: FloatMap,
  { filterType, filterPercentage, filterThreshold }: KeepOptions,
): number {
  const { min, max } = extremes(map.data);
  if (filterType === 'otsu') return otsu(map);
  if (filterType === 'threshold') return min + filterThreshold * (max - min);
  if (filterPercentage === 100) return Number.NEGATIVE_INFINITY;
  const ascending = map.data.slice().sort();
  const kept = Math.max(1, Math.round((filterPercentage / 100) * ascending.length));
  return ascending[Math.max(0, ascending.length - kept - 1)];
}
