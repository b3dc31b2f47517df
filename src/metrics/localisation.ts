/** How well maps localise objects: one map against its ground truth, then all maps of a method. */
import { scaleToUnit } from '../tensor/scale-to-unit.ts';
import type { FloatMap, Mask } from '../tensor/tensor.ts';
import {
  type BackgroundLevels,
  backgroundLevel,
  backgroundLevels,
  resampleBackground,
} from './background-level.ts';
import type { Resampled } from './bootstrap.ts';
import { type Box, boxesOfMask, scaleBox } from './boxes.ts';
import { evaluationSize, resizedMap } from './evaluation-map.ts';
import { type MaskAgreement, maskAgreement, maskIous } from './mask-iou.ts';
import {
  type BoxAccuracy,
  bestBoxIous,
  boxAccuracy,
  boxAccuracyAt,
  boxHits,
  maxBoxAccV2,
} from './max-box-acc.ts';
import { pxap, type ScoreHistogram, scoreHistogram } from './pixel-precision.ts';
import { maskOfBoxes, pointsAt } from './pointing.ts';
import { resizeMask } from './resize-mask.ts';

/** Where the object is in a picture. At least one of the two is needed. */
export interface GroundTruth {
  /** Width and height that the boxes are in, in pixels. */
  readonly size: readonly [width: number, height: number];
  /** `[x0, y0, x1, y1)`; default: the bounding box of each 8-connected part of the mask. */
  readonly boxes?: readonly Box[];
  /** uint8 `[H, W]`, not 0 on the object. Without boxes, `size` must be that of the mask. */
  readonly mask?: Mask;
  /** uint8 `[H, W]`, with a mask: not 0 on pixels that pixel scores, pointing and background leave out. */
  readonly ignored?: Mask;
}

/**
 * The object in the picture's own size, uint8 `[H, W]`: the mask, or the filled boxes; without either, empty.
 */
export function objectMask({ size, boxes = [], mask }: GroundTruth): Mask {
  return mask ?? maskOfBoxes(boxes, size[1], size[0]);
}

/** The ground truth of a picture, in the evaluation's size. */
export interface PreparedTruth {
  readonly evalSize: number;
  readonly boxes: readonly Box[];
  /** The mask, or the filled boxes. */
  readonly object: Mask;
  /** Whether `object` is a mask, not boxes. */
  readonly isMask: boolean;
  /** Pixels that are left out; absent if all are. */
  readonly ignored?: Mask;
}

/**
 * A picture's ground truth in the evaluation's size, for `measureMap`: boxes are scaled and truncated to
 * whole pixels, masks take the nearest pixel.
 * @param evalSize height and width at which maps are measured, in pixels; default 224
 * @throws when there is no object: neither box nor mask, or an empty mask; and, without boxes, when
 * the size of the mask is not `size`
 * @example
 * ```ts
 * import { prepareTruth } from 'high-res-mapping/metrics';
 *
 * const truth = prepareTruth({ size: [448, 336], boxes: [[0, 0, 224, 336]] }); // the left half
 * console.log(truth.boxes); //=> [ [ 0, 0, 112, 224 ] ]
 * console.log(truth.object.shape, truth.isMask); //=> [ 224, 224 ] false
 * ```
 */
export function prepareTruth(truth: GroundTruth, evalSize: number = evaluationSize): PreparedTruth {
  const { size, mask, ignored } = truth;
  if (!truth.boxes && mask && (mask.shape[0] !== size[1] || mask.shape[1] !== size[0])) {
    throw new Error(
      `prepareTruth: without boxes, the mask [H, W] must have the size [${size[1]}, ${size[0]}], got [${mask.shape}]`,
    );
  }
  const boxes = truth.boxes ?? (mask ? boxesOfMask(mask) : []);
  if (boxes.length === 0) throw new Error('prepareTruth: a box or a mask with an object is needed, got none');
  const scaled = boxes.map((box) => scaleBox(box, size, evalSize));
  return {
    evalSize,
    boxes: scaled,
    object: mask ? resizeMask(mask, evalSize, evalSize) : maskOfBoxes(scaled, evalSize, evalSize),
    isMask: mask !== undefined,
    ignored: ignored && resizeMask(ignored, evalSize, evalSize),
  };
}

/** The measures of one map. */
export interface MapMeasures {
  /** The best box's intersection over union for each cut, `[255]`. */
  readonly boxIous: Float64Array;
  /** Whether the highest value lies on the object. */
  readonly points: boolean;
  /** Whether it lies on the object or at most 15 pixels away (of 224; the same share of other sizes). */
  readonly pointsNear: boolean;
  /** The background's level; undefined if no value is above 0, or the object fills the picture. */
  readonly background?: number;
  /** Only for pictures with a mask. */
  readonly histogram?: ScoreHistogram;
  /** Only for pictures with a mask: for each threshold, `[1000]`. */
  readonly maskIous?: Float64Array;
}

/**
 * The measures of one map, which is first resized to the evaluation's size, bicubic. All but the background's
 * level are of the map scaled to [0, 1].
 * @param map float32 `[h, w]` of any size, raw, any finite values
 * @param truth from `prepareTruth`
 * @throws when a value is not finite
 * @example
 * ```ts
 * import { tensor } from 'high-res-mapping';
 * import { measureMap, prepareTruth } from 'high-res-mapping/metrics';
 *
 * const truth = prepareTruth({ size: [100, 100], boxes: [[0, 0, 50, 100]] }); // the left half
 * const map = tensor('float32', [2, 2], [4, 0, 4, 0]);
 * const { points, boxIous, background } = measureMap(map, truth);
 * console.log(points, Math.max(...boxIous).toFixed(2), background?.toFixed(1)); //=> true 1.00 0.0
 * ```
 */
export function measureMap(map: FloatMap, truth: PreparedTruth): MapMeasures {
  const { evalSize, boxes, object, isMask, ignored } = truth;
  const raw = resizedMap(map, evalSize);
  const scaled = scaleToUnit(raw);
  const histogram = isMask ? scoreHistogram(scaled, object, ignored) : undefined;
  return {
    boxIous: bestBoxIous(scaled, boxes),
    points: pointsAt(scaled, object, 0, ignored),
    pointsNear: pointsAt(scaled, object, (15 * evalSize) / evaluationSize, ignored),
    background: backgroundLevel(raw, object, ignored),
    histogram,
    maskIous: histogram && maskIous(histogram),
  };
}

/** A method's figures over all images; all but the background's level are shares, in [0, 1]. */
export interface LocalisationScores {
  readonly maxBoxAccV2: BoxAccuracy;
  /** Absent if no image has a mask. */
  readonly pxap?: number;
  readonly pointing: number;
  readonly pointingNear: number;
  /** Absent if no map has a level. */
  readonly background?: BackgroundLevels;
  /** Absent if no image has a mask. */
  readonly maskIou?: MaskAgreement;
}

/**
 * A method's figures over all images: MaxBoxAccV2 and PxAP of Choe et al., *Evaluating Weakly Supervised
 * Object Localization Methods Right*, CVPR 2020; the pointing game of Zhang et al., ECCV 2016; the
 * background's level.
 * @param measures from `measureMap`, one for each image
 * @throws when there are no images
 * @example
 * ```ts
 * import { tensor } from 'high-res-mapping';
 * import { localisationScores, measureMap, prepareTruth } from 'high-res-mapping/metrics';
 *
 * const truth = prepareTruth({ size: [2, 2], mask: tensor('uint8', [2, 2], [1, 0, 1, 0]) }); // the left half
 * const left = measureMap(tensor('float32', [2, 2], [4, 0, 4, 0]), truth);
 * const right = measureMap(tensor('float32', [2, 2], [0, 4, 0, 4]), truth);
 * const { maxBoxAccV2, pxap, pointing } = localisationScores([left, right]);
 * console.log(maxBoxAccV2.at); // at an IoU of 0.3 a box around all of the picture counts
 * //=> [ 1, 0.5, 0.5 ]
 * console.log(pxap?.toFixed(2), pointing); //=> 0.50 0.5
 * ```
 */
export function localisationScores(measures: readonly MapMeasures[]): LocalisationScores {
  const withMask = measures.flatMap(({ maskIous: ious }) => (ious ? [ious] : []));
  return {
    maxBoxAccV2: maxBoxAccV2(measures.map(({ boxIous }) => boxIous)),
    pxap: withMask.length > 0 ? pxap(measures.map(({ histogram }) => histogram)) : undefined,
    pointing: share(measures, ({ points }) => points),
    pointingNear: share(measures, ({ pointsNear }) => pointsNear),
    background: backgroundLevels(measures.map(({ background }) => background)),
    maskIou: withMask.length > 0 ? maskAgreement(withMask) : undefined,
  };
}

/**
 * A method's figures on the images of one class, with the cuts that are best for the images of all classes.
 */
export interface ClassLocalisation {
  readonly images: number;
  readonly maxBoxAccV2: number;
  readonly pxap?: number;
  readonly pointing: number;
}

/**
 * @param cuts from `localisationScores` of all images
 * @throws when there are no images
 */
export function classLocalisation(
  measures: readonly MapMeasures[],
  cuts: readonly number[],
): ClassLocalisation {
  if (measures.length === 0) throw new Error('classLocalisation: there are no images');
  const masks = measures.some(({ histogram }) => histogram);
  return {
    images: measures.length,
    maxBoxAccV2: boxAccuracyAt(
      measures.map(({ boxIous }) => boxIous),
      cuts,
    ),
    pxap: masks ? pxap(measures.map(({ histogram }) => histogram)) : undefined,
    pointing: share(measures, ({ points }) => points),
  };
}

/** The figures that have intervals; for the background's level, its median. */
export type ResampledFigure = 'maxBoxAccV2' | 'pxap' | 'pointing' | 'background';

/**
 * The figures on each resample of the images, each with its own best cut, for `interval95` or
 * `scoreIntervals`. A figure without a value is NaN, as PxAP is without masks.
 * @param measures from `measureMap`, one for each image
 * @param weights from `resampleWeights`, the same for every method
 * @throws when there are no images
 * @example
 * ```ts
 * import { tensor } from 'high-res-mapping';
 * import {
 *   interval95, measureMap, prepareTruth, resampleScores, resampleWeights,
 * } from 'high-res-mapping/metrics';
 *
 * const truth = prepareTruth({ size: [100, 100], boxes: [[0, 0, 50, 100]] }, 32); // the left half
 * const maps = [[4, 0, 4, 0], [3, 1, 2, 1], [2, 0, 1, 0], [0, 4, 0, 4]]; // three point left, one right
 * const measures = maps.map((values) => measureMap(tensor('float32', [2, 2], values), truth));
 * const { pointing } = resampleScores(measures, resampleWeights(measures.length, 1000, 0));
 * console.log(interval95(pointing)); //=> [ 0.25, 1 ]
 * ```
 */
export function resampleScores(
  measures: readonly MapMeasures[],
  weights: readonly ArrayLike<number>[],
): Resampled<ResampledFigure> {
  const hits = boxHits(measures.map(({ boxIous }) => boxIous));
  const histograms = measures.map(({ histogram }) => histogram);
  const pointing = (weight: ArrayLike<number>): number =>
    measures.reduce((sum, { points }, i) => sum + (points ? weight[i] : 0), 0) / measures.length;
  const each = (value: (weight: ArrayLike<number>) => number): Float64Array =>
    Float64Array.from(weights, value);
  return {
    maxBoxAccV2: each((weight) => boxAccuracy(hits, weight).value),
    pxap: each((weight) => pxap(histograms, weight)),
    pointing: each(pointing),
    background: resampleBackground(
      measures.map(({ background }) => background),
      weights,
    ),
  };
}

function share<T>(items: readonly T[], is: (item: T) => boolean): number {
  return items.filter(is).length / items.length;
}
