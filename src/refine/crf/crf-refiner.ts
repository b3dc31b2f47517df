/**
 * Refines by a dense CRF. The unary term comes from the high-res map, the pairwise term from the picture's
 * colours.
 */
import { type FloatMap, type Mask, tensor } from '../../tensor/tensor.ts';
import { cacheLast } from '../cache-last.ts';
import { cutOut, filterPercentage } from '../maps/filter.ts';
import type { KeepOptions } from '../maps/keep-limit.ts';
import { otsu } from '../maps/otsu.ts';
import { above } from '../maps/region-of-interest.ts';
import { resizeBilinear } from '../maps/resize-bilinear.ts';
import { isFlat, scale } from '../maps/scale.ts';
import type { CrfRefinement, RefinerInput } from '../refinement.ts';
import { colourMeans, meansPicture, toLab } from './colour-grid.ts';
import { type Affinities, affinities, affinityRow, meanField } from './dense-crf.ts';
import { mapGrid } from './map-grid.ts';

/** Cells along each side of the grid. More would make the sums over all pairs too slow. */
const grid = 64;
/** Range of the unary term, in logits, from the lowest value of a map to its highest. */
const strength = 6;
/** Iterations of mean field. After 8, no cell changes by more than 0.03 in half of all pictures. */
export const iterations = 8;

/**
 * The steps, each of which caches its last call.
 *
 *     v = means of the high-res map over the cells, scaled to [0, 1];   t = crfLevel * Otsu's threshold of v
 *     u = 6 (v - t),   q by `denseCrf`
 *     merged = (ln(q / (1 - q)) - lowest) / (highest - lowest), enlarged
 *
 * The lowest possible logit is `-6 t - crfWeight`: v = 0, and all other cells have q = 0. The highest is
 * `6 (1 - t) + crfWeight`. The map shows logits, because probabilities are near 0 or 1 nearly everywhere, and
 * differences between them would not be visible.
 */
export function crfRefiner(): (input: RefinerInput) => Omit<CrfRefinement, 'flat'> {
  const steps = {
    colourMeans: cacheLast(colourMeans),
    meansPicture: cacheLast(meansPicture),
    toLab: cacheLast(toLab),
    affinities: cacheLast(affinities),
    scaledGrid: cacheLast(scaledGrid),
    otsu: cacheLast(otsu),
    logits: cacheLast(unaryLogits),
    peakOf: cacheLast(peakOf),
    affinityOf: cacheLast(affinityOf),
    inferProbabilities: cacheLast(inferProbabilities),
    scaledLogits: cacheLast(scaledLogits),
    enlarge: cacheLast(resizeBilinear<'float32'>),
    keep: cacheLast(keep),
    cutOut: cacheLast(cutOut),
  };
  return ({ image, low, high, options: o }) => {
    const [height, width] = high.shape;
    const means = steps.colourMeans(image, grid);
    const pairwise = steps.affinities(steps.toLab(means), grid, o.crfSpatial, o.crfColour);
    const scaled = steps.scaledGrid(high);
    const threshold = o.crfLevel * steps.otsu(scaled);
    const unary = steps.logits(scaled, threshold);
    const peak = steps.peakOf(scaled);
    const probabilities = steps.inferProbabilities(unary, pairwise, o.crfWeight, isFlat(high));
    const merged = steps.enlarge(steps.scaledLogits(probabilities, threshold, o.crfWeight), height, width);
    const kept = steps.keep(merged, o.filterType, o.filterPercentage, o.filterThreshold);
    return {
      refiner: 'crf',
      image,
      lowCam: low,
      highCam: high,
      colours: steps.meansPicture(means, grid),
      unary,
      peak,
      affinity: steps.affinityOf(pairwise, peak),
      probabilities,
      merged,
      kept,
      result: steps.cutOut(image, kept),
      options: o,
    };
  };
}

function scaledGrid(high: FloatMap): FloatMap {
  return scale(mapGrid(high, grid));
}

/**
 * The unary term, in logits: above 0 where a cell is more likely object than background.
 * @param map scaled to [0, 1]
 * @returns of the map's shape
 */
export function unaryLogits({ shape, data }: FloatMap, threshold: number): FloatMap {
  return tensor(
    'float32',
    shape,
    data.map((value) => strength * (value - threshold)),
  );
}

function peakOf({ data }: FloatMap): CrfRefinement['peak'] {
  const place = data.indexOf(data.reduce((most, value) => Math.max(most, value)));
  return { x: place % grid, y: Math.floor(place / grid) };
}

function affinityOf(pairwise: Affinities, { x, y }: CrfRefinement['peak']): FloatMap {
  return tensor('float32', [grid, grid], affinityRow(pairwise, y * grid + x));
}

/** The probabilities of mean field; zeros for a flat map. */
function inferProbabilities(unary: FloatMap, pairwise: Affinities, weight: number, flat: boolean): FloatMap {
  return tensor(
    'float32',
    unary.shape,
    flat ? new Float32Array(grid * grid) : meanField(unary.data, pairwise, weight, iterations),
  );
}

/** The logits of mean field, scaled so that the lowest possible is 0 and the highest possible is 1. */
function scaledLogits({ shape, data }: FloatMap, threshold: number, weight: number): FloatMap {
  const lowest = -strength * threshold - weight;
  const range = strength + 2 * weight;
  const place = (q: number): number => (Math.log(q / (1 - q)) - lowest) / range;
  return tensor(
    'float32',
    shape,
    data.map((q) => Math.min(Math.max(place(q), 0), 1)),
  );
}

/**
 * The mask of the pixels to keep: exactly a share of them, or those above a value of the map scaled to [0,
 * 1], or those above Otsu's threshold. For a flat map it is empty, except for a share of 100 %.
 */
function keep(
  merged: FloatMap,
  filterType: KeepOptions['filterType'],
  percentage: number,
  threshold: number,
): Mask {
  if (filterType === 'otsu') return above(merged, otsu(merged)).mask;
  if (filterType === 'threshold') return above(scale(merged), threshold).mask;
  if (isFlat(merged) && percentage < 100) return tensor('uint8', merged.shape);
  return filterPercentage(merged, percentage);
}
