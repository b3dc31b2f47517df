/**
 * The steps of each refiner, one row a step: its kind, the steps that it is computed from, and where it is
 * shown. The fields of a refinement, the figure, the page's pictures, the map over the picture and the `.npy`
 * files all follow from these rows.
 */
import type { FloatMap, Mask, Picture } from '../tensor/tensor.ts';
import type { Bounds } from './regions/bounds.ts';

/** The result of a step, by its kind. */
export interface Outcome {
  /** A map in its own unit, `[h, w]`. */
  raw: FloatMap;
  /** A map in [0, 1], `[h, w]`. */
  unit: FloatMap;
  /** `[h, w]`, 0 or 1. */
  mask: Mask;
  /** uint8 `[h, w, C]`. */
  picture: Picture;
  /** Bounds of another step's values; drawn in a histogram. */
  interval: Bounds;
  /** Column and row of a pixel or cell; drawn as a ring over other steps. */
  point: Point;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Step<Name extends string = string> {
  /** The title in the figure. */
  readonly title: string;
  readonly kind: keyof Outcome;
  /** The step whose height and width this one has; absent: it has its own size. */
  readonly size?: Name;
  /** The steps that it is computed from. */
  readonly sources: readonly Name[];
  /**
   * Column and row in the figure, from 0; absent: it is not in the figure. A last row of three is read from
   * right to left.
   */
  readonly place?: readonly [column: number, row: number];
  /** The point that is marked in its picture. */
  readonly marks?: Name;
  /** For a picture: the mask outside of which it is empty. */
  readonly cutBy?: Name;
  /** Its title over the picture in the page's viewer. Default: `title`. */
  readonly overTitle?: string;
  /** The step that the viewer overlays on the picture instead of this one; absent: this one. */
  readonly shownAs?: Name;
  /** For a mask: the names of its values. Default: inside, outside. */
  readonly words?: readonly [inside: string, outside: string];
  /** false: not written to a file. Default: a tensor is written as `.npy`, under its name in snake case. */
  readonly npy?: false;
}

export type Steps<Name extends string = string> = Readonly<Record<Name, Step<Name>>>;

/** The results of a table's steps by name. */
export type Outcomes<T extends Steps> = { [Name in keyof T]: Outcome[T[Name]['kind']] };

/** The steps of a table that are in its figure. */
export type PlacedStep<T extends Steps> = {
  [Name in keyof T]: T[Name] extends { readonly place: unknown } ? Name & string : never;
}[keyof T];

/** The steps of a table that the viewer can overlay on the picture. */
export type ShownStep<T extends Steps> = {
  [Name in keyof T]: T[Name] extends { readonly shownAs: unknown } ? never : Name & string;
}[keyof T];

/** The steps that both refiners have; `[H, W]` is the size of the high-res map. */
const shared = {
  /** The picture as the model saw it, uint8 `[H, W, C]`. */
  image: {
    title: 'Image',
    kind: 'picture',
    sources: [],
    place: [0, 0],
    overTitle: 'Picture alone',
    npy: false,
  },
  /** The low-res map as given, `[h, w]`. */
  lowCam: { title: 'Low-resolution CAM', kind: 'raw', sources: ['image'], place: [1, 1] },
  /** The high-res map as given, `[H, W]`. */
  highCam: { title: 'High-resolution CAM', kind: 'raw', size: 'image', sources: ['image'], place: [1, 0] },
  /** The image, black outside `kept`. */
  result: {
    title: 'Result',
    kind: 'picture',
    size: 'image',
    sources: ['image', 'kept'],
    place: [0, 2],
    cutBy: 'kept',
    overTitle: 'Cut-out',
    npy: false,
  },
} as const;

/** All steps but `lowCam` are `[H, W]`. */
const byRegions = {
  /** The high-res map scaled to [0, 1], then averaged over 5 x 5 pixels. */
  blurred: { title: 'Blurred', kind: 'unit', size: 'image', sources: ['highCam'], place: [2, 0] },
  /** The low-res map enlarged, in its own unit. */
  lowResized: {
    title: 'Resized',
    kind: 'raw',
    size: 'image',
    sources: ['lowCam'],
    place: [2, 1],
    overTitle: 'Low-resolution CAM, resized',
  },
  /** Sobel magnitude of `blurred`, scaled to [0, 1]. */
  edges: { title: 'Edges', kind: 'unit', size: 'image', sources: ['blurred'], place: [3, 0] },
  /** Region of interest. */
  roi: { title: 'Region of interest', kind: 'mask', size: 'image', sources: ['lowResized'], place: [4, 1] },
  /** Quartiles of `edges` inside `roi`; 1 and 0, an empty interval, if `roi` is empty. */
  bounds: {
    title: 'Edges in the ROI',
    kind: 'interval',
    sources: ['edges', 'roi'],
    place: [4, 2],
    shownAs: 'edges',
  },
  /** The seeds of region growing. */
  focalPoints: {
    title: 'Focal points',
    kind: 'mask',
    size: 'image',
    sources: ['lowResized'],
    place: [3, 1],
  },
  /** The region grown from `focalPoints` over edges within `bounds`. */
  segmented: {
    title: 'Region growing',
    kind: 'mask',
    size: 'image',
    sources: ['edges', 'focalPoints', 'bounds'],
    place: [3, 2],
  },
  /** `segmented` with the edges of the ROI above `bounds`, small holes filled. */
  fullSegment: {
    title: 'Filled segment',
    kind: 'mask',
    size: 'image',
    sources: ['segmented', 'bounds'],
    place: [2, 2],
  },
  /** The refined map. */
  merged: {
    title: 'Merger',
    kind: 'unit',
    size: 'image',
    sources: ['lowResized', 'fullSegment'],
    place: [1, 2],
    overTitle: 'Refined CAM',
  },
  /** The pixels that the result keeps. */
  kept: {
    title: 'Kept',
    kind: 'mask',
    size: 'image',
    sources: ['merged'],
    shownAs: 'result',
    words: ['kept', 'not kept'],
  },
} as const;

/** On a grid of 64 x 64 cells. */
const byCrf = {
  /** The image averaged over the cells, uint8 `[64, 64, 3]`. */
  colours: {
    title: 'Colours of the cells',
    kind: 'picture',
    sources: ['image'],
    place: [2, 1],
    marks: 'peak',
    shownAs: 'image',
  },
  /** The unary term of each cell, from the high-res map, in logits: above 0, object; `[64, 64]`. */
  unary: {
    title: 'Unary logits',
    kind: 'raw',
    size: 'colours',
    sources: ['highCam'],
    place: [2, 0],
    marks: 'peak',
  },
  /** The cell with the highest `unary`, the first of equal ones. */
  peak: { title: 'Peak', kind: 'point', sources: ['unary'], shownAs: 'unary' },
  /**
   * The pairwise weights between the cell at `peak` and each other cell, `[64, 64]`; sum 1, 0 at the cell
   * itself.
   */
  affinity: {
    title: 'Affinity to the peak',
    kind: 'raw',
    size: 'colours',
    sources: ['colours', 'peak'],
    place: [3, 1],
    marks: 'peak',
  },
  /** The probability that each cell shows the object, `[64, 64]`; zeros if the high-res map is flat. */
  probabilities: {
    title: 'Dense CRF',
    kind: 'unit',
    size: 'colours',
    sources: ['unary', 'affinity'],
    place: [3, 0],
  },
  /** The refined map, `[H, W]`. */
  merged: { title: 'Refined CAM', kind: 'unit', size: 'image', sources: ['probabilities'], place: [2, 2] },
  /** The pixels that the result keeps, `[H, W]`. */
  kept: {
    title: 'Kept',
    kind: 'mask',
    size: 'image',
    sources: ['merged'],
    place: [1, 2],
    shownAs: 'result',
    words: ['kept', 'not kept'],
  },
} as const;

export const regionSteps: typeof shared & typeof byRegions = { ...shared, ...byRegions };
export const crfSteps: typeof shared & typeof byCrf = { ...shared, ...byCrf };

/** The steps of each refiner, in the order of their `.npy` files. */
export const refinerSteps: {
  readonly regions: Steps<keyof typeof regionSteps>;
  readonly crf: Steps<keyof typeof crfSteps>;
} = { regions: regionSteps, crf: crfSteps };

/**
 * The steps in the figure from which a step is computed. A step that is not in the figure is replaced by its
 * own sources.
 */
export function placedSources<Name extends string>(steps: Steps<Name>, name: Name): Name[] {
  return steps[name].sources.flatMap((source) =>
    steps[source].place === undefined ? placedSources(steps, source) : [source],
  );
}

/** The steps that the viewer can overlay on the picture. */
export function shownSteps<T extends Steps>(steps: T): ShownStep<T>[] {
  return Object.keys(steps).filter((name) => steps[name].shownAs === undefined) as ShownStep<T>[];
}
