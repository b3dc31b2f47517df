import { type FloatMap, type Mask, mapSize, type Picture, tensor } from '../tensor/tensor.ts';
import { type Bounds, edgeBounds } from './bounds.ts';
import { fillHoles } from './fill-holes.ts';
import { cutOut, filterPercentage, filterThreshold } from './filter.ts';
import { globalFocalPoints, localFocalPoints } from './focal-points.ts';
import { greyLevels } from './grey-levels.ts';
import { meanFilter } from './mean-filter.ts';
import { isBlank, merge, mergeScaled } from './merge.ts';
import { completeOptions, type RefineOptions } from './options.ts';
import { growRegion } from './region-growing.ts';
import { regionOfInterest } from './region-of-interest.ts';
import { resizeBilinear } from './resize-bilinear.ts';
import { isFlat, scale } from './scale.ts';
import { sobel } from './sobel.ts';

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
  const complete = completeOptions(options);
  const { roiPercentile, focalScope, maximaAreas } = complete;
  checkMap(low, 'low');
  checkMap(high, 'high');
  const [height, width] = high.shape;
  checkImage(image, height, width);

  const blurred = meanFilter(scale(high));
  const edges = scale(sobel(blurred));
  const lowResized = resizeBilinear(low, height, width);
  const roi = regionOfInterest(lowResized, roiPercentile);
  const bounds = edgeBounds(edges, roi);
  const focalPoints =
    focalScope === 'global'
      ? globalFocalPoints(lowResized)
      : localFocalPoints(low, height, width, maximaAreas);
  const segmented = growRegion(edges, focalPoints, bounds);
  const fullSegment = fillHoles(withStrongEdges(segmented, edges, roi, bounds.upper), 256);

  const merging = {
    mergeType: complete.mergeType === 'multiply' ? 'multiply' : 'blend',
    mergeAlpha: complete.mergeAlpha,
  } as const;
  const merged = merge(fullSegment, lowResized, merging);
  // The refined map is in floats throughout; its version in grey levels serves to decide which pixels are kept.
  const levels = mergeScaled(fullSegment, greyLevels(low, height, width), isBlank(lowResized), merging);
  const kept =
    complete.filterType === 'percentage'
      ? filterPercentage(merged, complete.filterPercentage, levels)
      : filterThreshold(levels, complete.filterThreshold);

  const maps = { low, high, merged } as const;
  return {
    image,
    lowCam: low,
    highCam: high,
    blurred,
    edges,
    lowResized,
    roi,
    bounds,
    focalPoints,
    segmented,
    fullSegment,
    merged,
    kept,
    result: cutOut(image, kept),
    flat: (['low', 'high', 'merged'] as const).filter((name) => isFlat(maps[name])),
    options: complete,
  };
}

/** The region, and the pixels inside `roi` whose edge strength is at least `upper`. */
export function withStrongEdges(region: Mask, edges: FloatMap, roi: Mask, upper: number): Mask {
  const out = tensor('uint8', region.shape);
  for (let i = 0; i < out.data.length; i++) {
    out.data[i] = region.data[i] | (roi.data[i] & Number(edges.data[i] >= upper));
  }
  return out;
}

function checkMap(map: FloatMap, name: 'low' | 'high'): void {
  mapSize(map, `refine: the ${name}-res map`);
  if (map.dtype !== 'float32') {
    throw new Error(`refine: the ${name}-res map is float32, got ${map.dtype}`);
  }
  let bad = 0;
  for (const value of map.data) if (!Number.isFinite(value)) bad++;
  if (bad > 0) {
    throw new Error(`refine: the ${name}-res map has finite values only, got ${bad} that are not`);
  }
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
