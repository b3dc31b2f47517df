/** Refines by a dense CRF: the high-res map says where the object is, the picture's colours say which places go together. */
import { type FloatMap, type Mask, tensor } from '../../tensor/tensor.ts';
import { cutOut, filterPercentage } from '../maps/filter.ts';
import type { KeepOptions } from '../maps/keep-limit.ts';
import { otsu } from '../maps/otsu.ts';
import { above } from '../maps/region-of-interest.ts';
import { resizeBilinear } from '../maps/resize-bilinear.ts';
import { isFlat, scale } from '../maps/scale.ts';
import type { CrfRefinement, RefinerInput } from '../refinement.ts';
import { remember } from '../remember.ts';
import { colourMeans, meansPicture, toLab } from './colour-grid.ts';
import { type Affinities, affinities, affinityRow, meanField } from './dense-crf.ts';
import { mapGrid } from './map-grid.ts';

/** Cells along either side: as fine as sums over pairs allow. */
const grid = 64;
/** Logits from the lowest value of a map to its highest. */
const strength = 6;
/** Of the mean field, after which half of all pictures have no cell that moves by more than 0.03. */
export const iterations = 8;

/**
 * The steps, each of which remembers its last call.
 *
 *     v = the high-res map's means over the cells, scaled to [0, 1];   t = crfLevel * Otsu's threshold of v
 *     u = 6 (v - t),   q by `denseCrf`
 *     merged = (ln(q / (1 - q)) - lowest) / (highest - lowest), enlarged
 *
 * The lowest logit is `-6 t - crfWeight`: v is 0, and all other cells say no. The highest is `6 (1 - t) +
 * crfWeight`. Probabilities themselves would be near 0 or 1 nearly everywhere, which hides where the class is
 * surest.
 */
export function crfRefiner(): (input: RefinerInput) => Omit<CrfRefinement, 'flat'> {
  const steps = {
    colourMeans: remember(colourMeans),
    meansPicture: remember(meansPicture),
    toLab: remember(toLab),
    affinities: remember(affinities),
    scaledGrid: remember(scaledGrid),
    otsu: remember(otsu),
    logits: remember(unaryLogits),
    peakOf: remember(peakOf),
    affinityOf: remember(affinityOf),
    agree: remember(agree),
    inRange: remember(inRange),
    enlarge: remember(resizeBilinear<'float32'>),
    keep: remember(keep),
    cutOut: remember(cutOut),
  };
  return ({ image, low, high, options: o }) => {
    const [height, width] = high.shape;
    const means = steps.colourMeans(image, grid);
    const pulls = steps.affinities(steps.toLab(means), grid, o.crfSpatial, o.crfColour);
    const scaled = steps.scaledGrid(high);
    const threshold = o.crfLevel * steps.otsu(scaled);
    const unary = steps.logits(scaled, threshold);
    const peak = steps.peakOf(scaled);
    const probabilities = steps.agree(unary, pulls, o.crfWeight, isFlat(high));
    const merged = steps.enlarge(steps.inRange(probabilities, threshold, o.crfWeight), height, width);
    const kept = steps.keep(merged, o.filterType, o.filterPercentage, o.filterThreshold);
    return {
      refiner: 'crf',
      image,
      lowCam: low,
      highCam: high,
      colours: steps.meansPicture(means, grid),
      unary,
      peak,
      affinity: steps.affinityOf(pulls, peak),
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

/** Above 0 speaks for the object. @param map scaled to [0, 1] @returns of its shape */
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

function affinityOf(pulls: Affinities, { x, y }: CrfRefinement['peak']): FloatMap {
  return tensor('float32', [grid, grid], affinityRow(pulls, y * grid + x));
}

/** The probabilities; a map that says the same everywhere says nothing. */
function agree(unary: FloatMap, pulls: Affinities, weight: number, flat: boolean): FloatMap {
  return tensor(
    'float32',
    unary.shape,
    flat ? new Float32Array(grid * grid) : meanField(unary.data, pulls, weight, iterations),
  );
}

/** The mean field's logits, so that the lowest there can be is 0 and the highest 1. */
function inRange({ shape, data }: FloatMap, threshold: number, weight: number): FloatMap {
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
 * Exactly a share of the pixels, or those above a value of the map scaled to [0, 1], or above Otsu's
 * threshold; of a flat map none, but for 100 %.
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
