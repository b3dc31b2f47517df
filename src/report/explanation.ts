/** An explanation as JSON: what was predicted, what was explained, and where to look. */
import type { Mask } from '../tensor/tensor.ts';

/** `[x0, y0, x1, y1)` in pixels. */
export type Covers = readonly [x0: number, y0: number, x1: number, y1: number];

export interface ExplanationInput {
  readonly image: string;
  /** The part of the picture that the maps are of, `[x0, y0, x1, y1)` in pixels of the whole picture; absent: all of it. */
  readonly covers?: Covers;
  readonly refinement: {
    /** By regions only. */
    readonly bounds?: { readonly lower: number; readonly upper: number };
    /** By regions only. */
    readonly focalPoints?: Mask;
    readonly kept: Mask;
    readonly flat: readonly string[];
    readonly options: Readonly<Record<string, unknown>>;
  };
  /** The CAM method whose map was refined; absent where it was the model's own maps, or those of another tool. */
  readonly method?: { readonly name: string; readonly layers: readonly string[]; readonly smooth: boolean };
  /** Absent where the maps come from elsewhere. */
  readonly model?: {
    readonly file: string;
    readonly predictions: readonly {
      readonly index: number;
      readonly name: string;
      readonly probability: number;
    }[];
    readonly explained: { readonly index: number; readonly name: string; readonly probability: number };
  };
}

/** Where to look, in a form for JSON. */
export interface RefinementRecord {
  readonly map_size: readonly [width: number, height: number];
  /** The edge strengths between which the region grows; by regions only. */
  readonly bounds?: readonly [lower: number, upper: number];
  /** The seeds; by regions only. */
  readonly focal_points_xy?: readonly (readonly [x: number, y: number])[];
  /** `[x0, y0, x1, y1)` around all kept pixels; null where none is. */
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
}: ExplanationInput['refinement']): RefinementRecord {
  const [height, width] = kept.shape;
  const keptPoints = positions(kept);
  return {
    map_size: [width, height],
    bounds: bounds && [bounds.lower, bounds.upper],
    focal_points_xy: focalPoints && positions(focalPoints),
    kept_box: boxAround(keptPoints),
    kept_share: keptPoints.length / (width * height),
    flat_maps: flat,
    options,
  };
}

/** What was predicted and explained, and `refinementRecord`. */
export function explanationJson({ image, covers, refinement, model, method }: ExplanationInput): string {
  const record = {
    image,
    covers,
    model: model?.file,
    predictions: model?.predictions,
    explained_class: model?.explained,
    method: method && { name: method.name, layers: method.layers, smooth: method.smooth },
    ...refinementRecord(refinement),
  };
  return `${JSON.stringify(record, null, 1)}\n`;
}

/** Which part of a picture maps are of, in words: `of the middle, x 20 to 236, y 0 to 216`. */
export function coversText(covers: Covers): string {
  return `of the middle, ${pixelsText(covers)}`;
}

/** `x 20 to 236, y 0 to 216` */
export function pixelsText([x0, y0, x1, y1]: Covers): string {
  return `x ${x0} to ${x1}, y ${y0} to ${y1}`;
}

/** The box `[x0, y0, x1, y1)` around points `[x, y]`; null where there is none. */
export function boxAround(
  points: readonly (readonly [number, number])[],
): [number, number, number, number] | null {
  if (points.length === 0) return null;
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x + 1);
    box[3] = Math.max(box[3], y + 1);
  }
  return box;
}

/** `[x, y]` of every pixel of a mask that is set, row by row. */
export function positions(mask: Mask): [number, number][] {
  const width = mask.shape[1];
  const found: [number, number][] = [];
  mask.data.forEach((value, i) => {
    if (value) found.push([i % width, Math.floor(i / width)]);
  });
  return found;
}
