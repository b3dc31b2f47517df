import type { FloatMap } from '../../tensor/tensor.ts';
import { extremes } from './scale.ts';

const bins = 256;

/**
 * The threshold that splits a map's pixels into two groups with the largest variance between their means: the
 * centre of one of 256 bins from the lowest value to the highest, or the middle between the first and the
 * last of equally good bins. For a flat map, its value, which no pixel exceeds.
 * Source: Otsu, *A Threshold Selection Method from Gray-Level Histograms*, IEEE Transactions on Systems, Man,
 * and Cybernetics, 1979; as scikit-image's `threshold_otsu`, which gives the first of equally good bins.
 */
export function otsu({ data }: FloatMap): number {
  const { min, max } = extremes(data);
  if (min === max) return min;
  const counts = new Float64Array(bins);
  for (const value of data) counts[Math.min(bins - 1, Math.floor(((value - min) / (max - min)) * bins))]++;
  const centre = (bin: number): number => min + ((bin + 0.5) / bins) * (max - min);
  const total = counts.reduce((sum, count, bin) => sum + count * centre(bin), 0);
  let [below, sumBelow] = [0, 0];
  let [first, last, most] = [0, 0, -1];
  for (let bin = 0; bin < bins - 1; bin++) {
    below += counts[bin];
    sumBelow += counts[bin] * centre(bin);
    const above = data.length - below;
    const apart = sumBelow / below - (total - sumBelow) / above;
    const between = below * above * apart * apart;
    if (between > most) [first, most] = [bin, between];
    if (between === most) last = bin;
  }
  return (centre(first) + centre(last)) / 2;
}
