/** Describes which part of the image a result keeps. */
import type { KeepOptions } from '../refine/maps/keep-limit.ts';
import type { Mask } from '../tensor/tensor.ts';
import { formatNumber } from './font.ts';
import { percentOf } from './panel.ts';

/** In words. */
export function keptInWords({ filterType, filterPercentage, filterThreshold }: KeepOptions): string {
  if (filterType === 'otsu') return "what exceeds Otsu's threshold";
  return filterType === 'percentage'
    ? `the highest ${formatNumber(filterPercentage)} %`
    : `what exceeds ${formatNumber(filterThreshold)}`;
}

/** The same in short, for the note below a panel. */
export function keptNote(options: KeepOptions, kept: Mask): string {
  const { filterType, filterPercentage, filterThreshold } = options;
  if (filterType === 'percentage') return `highest ${formatNumber(filterPercentage)} %`;
  const above = filterType === 'otsu' ? 'Otsu' : `above ${formatNumber(filterThreshold)}`;
  return `${above}: ${percentOf(kept)}`;
}
