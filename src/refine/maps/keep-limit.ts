import type { FloatMap } from '../../tensor/tensor.ts';
import type { CompleteOptions } from '../parameters.ts';
import { otsu } from './otsu.ts';
import { extremes } from './scale.ts';

export type KeepOptions = Pick<CompleteOptions, 'filterType' | 'filterPercentage' | 'filterThreshold'>;

/**
 * The value above which a map's pixels are kept. Of a share it is the one that most nearly as many pixels
 * exceed; of a flat map it is none that a pixel has, unless all pixels are kept.
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
