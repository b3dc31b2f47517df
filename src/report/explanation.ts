/** An explanation as JSON: the prediction, the explained class, and where to look. */
import { maskBox } from '../tensor/mask-box.ts';
import type { Mask } from '../tensor/tensor.ts';

/** `[x0, y0, x1, y1)` in pixels. */
export type Covers = readonly [x0: number, y0: number, x1: number, y1: number];

/** The pixels of the picture itself that are kept. */
export interface KeptOfPicture {
  readonly pictureSize: { readonly height: number; readonly width: number };
  /** In the size of the results: the picture's, or a smaller one. */
  readonly mask: Mask;
  /** Number of pixels that are 1 in the mask. */
  readonly kept: number;
  /**
   * The bounding box of the mask `[x0, y0, x1, y1)`, in pixels of the picture; undefined if no pixel is kept.
   */
  readonly box?: Covers;
}

/** The results for one class. */
export interface ClassInput {
  /** Absent if it was not computed. */
  readonly full?: KeptOfPicture;
  readonly refinement: {
    /** Only with the refiner regions. */
    readonly bounds?: { readonly lower: number; readonly upper: number };
    /** Only with the refiner regions. */
    readonly focalPoints?: Mask;
    readonly kept: Mask;
    readonly flat: readonly string[];
    readonly options: Readonly<Record<string, unknown>>;
  };
  /** The class; absent if the maps are from elsewhere. */
  readonly explained?: PredictionInput;
}

interface PredictionInput {
  readonly index: number;
  readonly name: string;
  readonly probability: number;
}

export interface ExplanationInput {
  readonly image: string;
  /**
   * The part of the picture that the maps show, `[x0, y0, x1, y1)` in pixels of the whole picture; absent:
   * all of it.
   */
  readonly covers?: Covers;
  /** The CAM method whose map was refined; absent for the model's own maps, and for those of another tool. */
  readonly method?: { readonly name: string; readonly layers: readonly string[]; readonly smooth: boolean };
  /** Absent if the maps are from elsewhere. */
  readonly model?: { readonly file: string; readonly predictions: readonly PredictionInput[] };
  /** One class, or a list of several. */
  readonly of: ClassInput | readonly ClassInput[];
}

/** The kept part of the picture, in a form for JSON. */
export interface PictureRecord {
  /** Width and height of the picture, upright. */
  readonly picture_size: readonly [width: number, height: number];
  /** Size of mask, cut-out and overlay: the picture's, unless that exceeds the limit on pixels. */
  readonly result_size: readonly [width: number, height: number];
  /**
   * The bounding box of the kept pixels `[x0, y0, x1, y1)`, in pixels of the picture; null if none is kept.
   */
  readonly box: readonly [number, number, number, number] | null;
  /** The same in COCO's format: `[x, y, width, height]`. */
  readonly box_coco: readonly [number, number, number, number] | null;
  /** The share of the picture that is kept, in [0, 1]. */
  readonly share: number;
}

/** Coordinates are x to the right and y down from the upper left corner. */
export function pictureRecord({ pictureSize, mask, kept, box }: KeptOfPicture): PictureRecord {
  const [height, width] = mask.shape;
  return {
    picture_size: [pictureSize.width, pictureSize.height],
    result_size: [width, height],
    box: box ?? null,
    box_coco: box ? [box[0], box[1], box[2] - box[0], box[3] - box[1]] : null,
    share: kept / (width * height),
  };
}

/** Where to look in the maps, in a form for JSON. */
export interface RefinementRecord {
  readonly map_size: readonly [width: number, height: number];
  /** The edge strengths between which the region grows; only with the refiner regions. */
  readonly bounds?: readonly [lower: number, upper: number];
  /** The seeds; only with the refiner regions. */
  readonly focal_points_xy?: readonly (readonly [x: number, y: number])[];
  /** The bounding box of all kept pixels `[x0, y0, x1, y1)`; null if there are none. */
  readonly kept_box: readonly [number, number, number, number] | null;
  /** In [0, 1]. */
  readonly kept_share: number;
  readonly flat_maps: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
}

/** Pixel coordinates are those of the maps, x to the right and y down from the upper left corner. */
export function refinementRecord({
  bounds,
  focalPoints,
  kept,
  flat,
  options,
}: ClassInput['refinement']): RefinementRecord {
  const [height, width] = kept.shape;
  return {
    map_size: [width, height],
    bounds: bounds && [bounds.lower, bounds.upper],
    focal_points_xy: focalPoints && positions(focalPoints),
    kept_box: maskBox(kept) ?? null,
    kept_share: kept.data.reduce((sum, mark) => sum + mark, 0) / (width * height),
    flat_maps: flat,
    options,
  };
}

/**
 * Predictions and explanations. For one class, with the fields of `pictureRecord` and `refinementRecord`; for
 * a list, these are in an entry of `classes` for each.
 */
export function explanationJson({ image, covers, model, method, of }: ExplanationInput): string {
  const record = {
    image,
    covers,
    model: model?.file,
    predictions: model?.predictions,
    method: method && { name: method.name, layers: method.layers, smooth: method.smooth },
    ...('refinement' in of ? classRecord(of) : { classes: of.map(classRecord) }),
  };
  return `${JSON.stringify(record, null, 1)}\n`;
}

function classRecord({ explained, full, refinement }: ClassInput): object {
  return {
    explained_class: explained,
    ...(full && pictureRecord(full)),
    ...refinementRecord(refinement),
  };
}

/** The part of a picture that maps show, in words: `of the middle, x 20 to 236, y 0 to 216`. */
export function coversText(covers: Covers): string {
  return `of the middle, ${pixelsText(covers)}`;
}

/** `x 20 to 236, y 0 to 216` */
export function pixelsText([x0, y0, x1, y1]: Covers): string {
  return `x ${x0} to ${x1}, y ${y0} to ${y1}`;
}

/** `[x, y]` of all pixels of a mask that are set, row by row. */
export function positions(mask: Mask): [number, number][] {
  const width = mask.shape[1];
  const found: [number, number][] = [];
  mask.data.forEach((value, i) => {
    if (value) found.push([i % width, Math.floor(i / width)]);
  });
  return found;
}
