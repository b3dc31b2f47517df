/**
 * Refines by regions: the low-res map gives the class's position, the edges of the high-res map its outline.
 */
import { type FloatMap, type Mask, type Tensor, tensor } from '../../tensor/tensor.ts';
import { cacheLast } from '../cache-last.ts';
import { cutOut, filterPercentage, filterThreshold } from '../maps/filter.ts';
import type { KeepOptions } from '../maps/keep-limit.ts';
import { kernels } from '../maps/kernels.ts';
import { otsu } from '../maps/otsu.ts';
import { Ranks } from '../maps/ranks.ts';
import { above, regionOfInterest } from '../maps/region-of-interest.ts';
import { resizeBilinear } from '../maps/resize-bilinear.ts';
import { type Extremes, extremes } from '../maps/scale.ts';
import type { RefinerInput, RegionRefinement } from '../refinement.ts';
import { edgeBounds } from './bounds.ts';
import { fillHoles } from './fill-holes.ts';
import { globalFocalPoints, localFocalPoints } from './focal-points.ts';
import { greyPicture, type Levels, mergeLevels } from './grey-levels.ts';
import { meanFilter } from './mean-filter.ts';
import { type MergeOptions, merge, merging } from './merge.ts';
import { growRegion } from './region-growing.ts';
import { scaledSobel } from './sobel.ts';

/**
 * The steps of the paper, each of which caches its last call.
 * Source: Tagaris, Sdraka, Stafylopatis, *High Resolution Class Activation Mapping for Discriminative Feature
 * Localization*, ICIP 2019.
 */
export function regionRefiner(): (input: RefinerInput) => Omit<RegionRefinement, 'flat'> {
  const steps = {
    meanFilter: cacheLast(meanFilter),
    scaledSobel: cacheLast(scaledSobel),
    enlarge: cacheLast(enlarge),
    regionOfInterest: cacheLast(regionOfInterest),
    edgeBounds: cacheLast(edgeBounds),
    globalFocalPoints: cacheLast(globalFocalPoints),
    localFocalPoints: cacheLast(localFocalPoints),
    growRegion: cacheLast(growRegion),
    completeSegment: cacheLast(completeSegment),
    greyPicture: cacheLast(greyPicture),
    mergeAll: cacheLast(mergeAll),
    keep: cacheLast(keep),
    cutOut: cacheLast(cutOut),
  };
  return ({ image, low, high, highEnds, options: o }) => {
    const [height, width] = high.shape;
    const blurred = steps.meanFilter(high, highEnds);
    const edges = steps.scaledSobel(blurred);
    const enlarged = steps.enlarge(low, height, width);
    const roi = steps.regionOfInterest(enlarged.map, o.roiPercentile, enlarged.ranks);
    const bounds = steps.edgeBounds(edges, roi);
    const focalPoints =
      o.focalScope === 'global'
        ? steps.globalFocalPoints(enlarged.map, enlarged.ranks)
        : steps.localFocalPoints(low, height, width, o.maximaAreas);
    const segmented = steps.growRegion(edges, focalPoints, bounds);
    const fullSegment = steps.completeSegment(segmented, edges, roi, bounds.upper);
    const picture = steps.greyPicture(low, height, width);
    const { merged, levels } = steps.mergeAll(fullSegment, enlarged, picture, o.mergeType, o.mergeAlpha);
    const kept = steps.keep(merged, levels, o.filterType, o.filterPercentage, o.filterThreshold);
    return {
      refiner: 'regions',
      image,
      lowCam: low,
      highCam: high,
      blurred,
      edges,
      lowResized: enlarged.map,
      roi,
      bounds,
      focalPoints,
      segmented,
      fullSegment,
      merged,
      kept,
      result: steps.cutOut(image, kept),
      options: o,
    };
  };
}

/** The low-res map in the size of the high-res one, and statistics of it that several steps use. */
interface Enlarged {
  readonly map: FloatMap;
  readonly ends: Extremes;
  readonly ranks: Ranks;
}

function enlarge(low: FloatMap, height: number, width: number): Enlarged {
  const map = resizeBilinear(low, height, width);
  const ends = extremes(map.data);
  return { map, ends, ranks: new Ranks(map.data, ends) };
}

/** The grown region with the strong edges added and holes filled. */
function completeSegment(region: Mask, edges: FloatMap, roi: Mask, upper: number): Mask {
  return fillHoles(withStrongEdges(region, edges, roi, upper), 256);
}

/** The refined map, and its grey levels, by which pixels are kept. */
function mergeAll(
  segment: Mask,
  low: Enlarged,
  picture: Tensor<'uint8'>,
  mergeType: MergeOptions['mergeType'],
  mergeAlpha: number,
): { merged: FloatMap; levels: Levels } {
  const blank = { segment: !segment.data.includes(1), low: low.ends.max <= 0 };
  const rule = merging({ mergeType, mergeAlpha }, blank);
  return { merged: merge(segment, low.map, rule, low.ends), levels: mergeLevels(segment, picture, rule) };
}

function keep(
  merged: FloatMap,
  levels: Levels,
  filterType: KeepOptions['filterType'],
  percentage: number,
  threshold: number,
): Mask {
  if (filterType === 'otsu') return above(merged, otsu(merged)).mask;
  return filterType === 'percentage'
    ? filterPercentage(merged, percentage, levels)
    : filterThreshold(levels, threshold);
}

/** The region, and the pixels inside `roi` whose edge strength is at least `upper`. */
function withStrongEdges(region: Mask, edges: FloatMap, roi: Mask, upper: number): Mask {
  const size = region.data.length;
  const work = kernels.workspace();
  const out = work.room(size);
  work.run.withStrong(work.put(region.data), work.put(edges.data), work.put(roi.data), out, size, upper);
  return tensor('uint8', region.shape, work.bytes(out, size));
}
