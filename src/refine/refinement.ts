/** What a refinement gives. */
import type { FloatMap, Mask, Picture } from '../tensor/tensor.ts';
import type { Extremes } from './maps/scale.ts';
import type { CompleteOptions } from './parameters.ts';
import type { Bounds } from './regions/bounds.ts';

/** Every step's outcome under its name; `refiner` says which steps there are. */
export type Refinement = RegionRefinement | CrfRefinement;

/** What there is whatever the refiner; `[H, W]` is the size of the high-res map. */
interface Refined {
  image: Picture;
  /** The low-res map as given, `[h, w]`. */
  lowCam: FloatMap;
  /** The high-res map as given. */
  highCam: FloatMap;
  /** The refined map, `[H, W]` in [0, 1]. */
  merged: FloatMap;
  /** The pixels that the result keeps, `[H, W]`. */
  kept: Mask;
  /** The image, black outside `kept`. */
  result: Picture;
  /** The maps that were constant and so were scaled to zeros, or came out constant. */
  flat: readonly ('low' | 'high' | 'merged')[];
  options: CompleteOptions;
}

/** Refined by regions; all maps but `lowCam` are `[H, W]`. */
export interface RegionRefinement extends Refined {
  readonly refiner: 'regions';
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
}

/** Refined by a dense CRF on a grid of 64 x 64 cells. */
export interface CrfRefinement extends Refined {
  readonly refiner: 'crf';
  /** The image averaged over the cells, uint8 `[64, 64, 3]`. */
  colours: Picture;
  /** What the high-res map says of each cell by itself, in logits: above 0, object; `[64, 64]`. */
  unary: FloatMap;
  /** The cell of the highest `unary`, the first of equal ones. */
  peak: { readonly x: number; readonly y: number };
  /** How much the cell at `peak` heeds each other one, `[64, 64]`; sum 1, 0 at the cell itself. */
  affinity: FloatMap;
  /** How probably each cell shows the object, `[64, 64]` in [0, 1]; zeros where the high-res map is flat. */
  probabilities: FloatMap;
}

/** What a refiner is handed, all of it checked. */
export interface RefinerInput {
  readonly image: Picture;
  readonly low: FloatMap;
  readonly high: FloatMap;
  readonly highEnds: Extremes;
  readonly options: CompleteOptions;
}
