import { type FloatMap, type Mask, mapSize, type Picture, type Tensor, tensor } from '../tensor/tensor.ts';
import { type Bounds, edgeBounds } from './bounds.ts';
import { fillHoles } from './fill-holes.ts';
import { cutOut, filterPercentage, filterThreshold } from './filter.ts';
import { globalFocalPoints, localFocalPoints } from './focal-points.ts';
import { greyPicture, type Levels, mergeLevels } from './grey-levels.ts';
import { Workspace } from './kernels.ts';
import { meanFilter } from './mean-filter.ts';
import { type MergeOptions, merge, merging } from './merge.ts';
import { completeOptions, type RefineOptions } from './options.ts';
import { Ranks } from './ranks.ts';
import { growRegion } from './region-growing.ts';
import { regionOfInterest } from './region-of-interest.ts';
import { remember } from './remember.ts';
import { resizeBilinear } from './resize-bilinear.ts';
import { type Extremes, extremes, isFlat } from './scale.ts';
import { scaledSobel } from './sobel.ts';

export { type RefineOptions, refineDefaults } from './options.ts';

/** Every step's outcome under its name; `[H, W]` is the size of the high-res map, all but `lowCam` and the pictures have it. */
export interface Refinement {
  image: Picture;
  /** The low-res map as given, `[h, w]`. */
  lowCam: FloatMap;
  /** The high-res map as given. */
  highCam: FloatMap;
  /** The high-res map scaled to [0, 1], then averaged over 5 x 5 pixels. */
  blurred: FloatMap;
  /** Sobel magnitude of `blurred`, scaled to [0, 1]. */
  edges: FloatMap;
  /** The low-res map enlarged, in its own unit. */
  lowResized: FloatMap;
  roi: Mask;
  /** Quartiles of `edges` inside `roi`; 1 and 0, an empty interval, where `roi` is empty. */
  bounds: Bounds;
  /** The seeds of the region growing. */
  focalPoints: Mask;
  segmented: Mask;
  /** `segmented` with the strong edges inside `roi`, small holes filled. */
  fullSegment: Mask;
  /** The refined map, in [0, 1]. */
  merged: FloatMap;
  /** The pixels that the result keeps. */
  kept: Mask;
  /** The image, black outside `kept`. */
  result: Picture;
  /** The maps that were constant and so were scaled to zeros, or came out constant. */
  flat: readonly ('low' | 'high' | 'merged')[];
  options: Required<RefineOptions>;
}

/**
 * Refines a class activation map: where the coarse map says the class is, the fine map's edges say where it ends.
 * Source: Tagaris, Sdraka, Stafylopatis, *High Resolution Class Activation Mapping for Discriminative Feature
 * Localization*, ICIP 2019.
 *
 * @param image uint8 `[H, W, C]`, C = 1 or 3.
 * @param low the low-res class activation map, any finite values, `[h, w]` of any size.
 * @param high the high-res one, any finite values, `[H, W]`.
 * @throws when a size, a value or an option breaks its rule, and when segment and low-res map are both blank.
 */
export function refine(
  image: Picture,
  low: FloatMap,
  high: FloatMap,
  options: RefineOptions = {},
): Refinement {
  return refiner()(image, low, high, options);
}

/**
 * A `refine` for calls that differ little, as when one option changes: a step whose inputs are the very ones of the call
 * before gives what it gave then. What goes in or comes out must not be written to meanwhile.
 */
export function refiner(): typeof refine {
  const steps = {
    highExtremesOf: remember(finiteExtremes),
    lowExtremesOf: remember(finiteExtremes),
    meanFilter: remember(meanFilter),
    scaledSobel: remember(scaledSobel),
    enlarge: remember(enlarge),
    regionOfInterest: remember(regionOfInterest),
    edgeBounds: remember(edgeBounds),
    globalFocalPoints: remember(globalFocalPoints),
    localFocalPoints: remember(localFocalPoints),
    growRegion: remember(growRegion),
    completeSegment: remember(completeSegment),
    greyPicture: remember(greyPicture),
    mergeAll: remember(mergeAll),
    keep: remember(keep),
    cutOut: remember(cutOut),
  };
  return (image, low, high, options = {}) => {
    const o = completeOptions(options);
    const lowEnds = steps.lowExtremesOf(low, 'low');
    const highEnds = steps.highExtremesOf(high, 'high');
    const [height, width] = high.shape;
    checkImage(image, height, width);

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
    const mergeType = o.mergeType === 'multiply' ? 'multiply' : 'blend';
    const { merged, levels } = steps.mergeAll(fullSegment, enlarged, picture, mergeType, o.mergeAlpha);
    const kept = steps.keep(merged, levels, o.filterType, o.filterPercentage, o.filterThreshold);

    const flat = {
      low: lowEnds.min === lowEnds.max,
      high: highEnds.min === highEnds.max,
      merged: isFlat(merged),
    };
    return {
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
      flat: (['low', 'high', 'merged'] as const).filter((name) => flat[name]),
      options: o,
    };
  };
}

/** The low-res map at the high-res one's size, and what several steps ask about it. */
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

/** The grown region with the strong edges, holes filled. */
function completeSegment(region: Mask, edges: FloatMap, roi: Mask, upper: number): Mask {
  return fillHoles(withStrongEdges(region, edges, roi, upper), 256);
}

/** The refined map, and the same in grey levels, which serve to decide which pixels are kept. */
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
  filterType: 'percentage' | 'threshold',
  percentage: number,
  threshold: number,
): Mask {
  return filterType === 'percentage'
    ? filterPercentage(merged, percentage, levels)
    : filterThreshold(levels, threshold);
}

/** The region, and the pixels inside `roi` whose edge strength is at least `upper`. */
export function withStrongEdges(region: Mask, edges: FloatMap, roi: Mask, upper: number): Mask {
  const size = region.data.length;
  const work = new Workspace();
  const out = work.room(size);
  work.run.withStrong(work.put(region.data), work.put(edges.data), work.put(roi.data), out, size, upper);
  return tensor('uint8', region.shape, work.bytes(out, size));
}

/** The extremes of a map that was handed in. @throws when it is no map of finite float32 values. */
function finiteExtremes(map: FloatMap, name: 'low' | 'high'): Extremes {
  mapSize(map, `refine: the ${name}-res map`);
  if (map.dtype !== 'float32') {
    throw new Error(`refine: the ${name}-res map is float32, got ${map.dtype}`);
  }
  const ends = extremes(map.data);
  if (!Number.isFinite(ends.min) || !Number.isFinite(ends.max)) {
    const bad = map.data.reduce((count, value) => count + Number(!Number.isFinite(value)), 0);
    throw new Error(`refine: the ${name}-res map has finite values only, got ${bad} that are not`);
  }
  return ends;
}

function checkImage(image: Picture, height: number, width: number): void {
  const [h, w, channels] = image.shape;
  if (image.shape.length !== 3 || h !== height || w !== width || (channels !== 1 && channels !== 3)) {
    throw new Error(
      `refine: the image has the high-res map's size and 1 or 3 channels, [${height}, ${width}, 1 or 3], got [${image.shape.join(', ')}]`,
    );
  }
  if (image.dtype !== 'uint8') throw new Error(`refine: the image is uint8, got ${image.dtype}`);
}
