/** The refined map in the size of the picture itself, along the picture's edges. */
import { bilinearTaps, sampleBilinear } from '../../tensor/sample-bilinear.ts';
import { type FloatMap, type Mask, type Picture, sizeOf, type Tensor, tensor } from '../../tensor/tensor.ts';
import { type KeepOptions, keepLimit } from '../maps/keep-limit.ts';
import { kernels } from '../maps/kernels.ts';
import { above } from '../maps/region-of-interest.ts';
import { extremes, isFlat } from '../maps/scale.ts';
import { fillHoles } from '../regions/fill-holes.ts';
import { guidedCoefficients, guidedMap } from './guided-filter.ts';

/** Chosen on photographs with masks: docs/localisation.md, "At the picture's own size". */
export const guidedDefaults = {
  /** Radius of the windows, as a share of the guide's longer side. */
  reach: 0.04,
  /** As in `GuidedOptions`. */
  eps: 1e-4,
} as const;

/** The longer side of the guide, a reduced picture, in pixels. */
export const guideSide = 128;

/** A map that can be upsampled to any size of the picture. */
export interface GuidedMap {
  /** Of `guidedCoefficients`, `[h, w, 4]`. */
  readonly coefficients: Tensor<'float32'>;
  /** The values that are shown as 0 and 255. */
  readonly min: number;
  readonly max: number;
  /** Pixels above this value are kept. */
  readonly limit: number;
  /** uint8 `[h, w]`, of `mended`; absent: `limit` alone decides what is kept. */
  readonly mend?: Mask;
}

/**
 * Prepares a map for upsampling, by a guided filter.
 * @param guide the picture, reduced, uint8 `[h, w, 3]`
 * @param merged the refined map, of any size
 * @param keep which pixels of the filtered map are kept
 */
export function guideMap(guide: Picture, merged: FloatMap, keep: KeepOptions): GuidedMap {
  const [height, width] = guide.shape;
  if (isFlat(merged)) return flatMap(merged, keep);
  const coefficients = guidedCoefficients(guide, sampleBilinear(merged, height, width), {
    radius: Math.max(1, Math.round(guidedDefaults.reach * Math.max(height, width))),
    eps: guidedDefaults.eps,
  });
  const filtered = guidedMap(guide, coefficients);
  const limit = keepLimit(filtered, keep);
  return { coefficients, ...extremes(filtered.data), limit, mend: mended(above(filtered, limit)) };
}

/**
 * Prepares a map without a guide: it is enlarged bilinearly.
 * @param map of any size
 * @param keep which of its pixels are kept
 */
export function plainMap(map: FloatMap, keep: KeepOptions): GuidedMap {
  if (isFlat(map)) return flatMap(map, keep);
  const [height, width] = map.shape;
  const coefficients = tensor('float32', [height, width, 4]);
  for (let i = 0; i < map.data.length; i++) coefficients.data[4 * i + 3] = map.data[i];
  const smaller = Math.min(1, guideSide / Math.max(height, width));
  const small = sampleBilinear(map, Math.round(smaller * height), Math.round(smaller * width));
  const limit = keepLimit(small, keep);
  return { coefficients, ...extremes(map.data), limit, mend: mended(above(small, limit)) };
}

function flatMap({ data: [value] }: FloatMap, keep: KeepOptions): GuidedMap {
  const all = keep.filterType === 'percentage' && keep.filterPercentage === 100;
  const coefficients = tensor('float32', [1, 1, 4], [0, 0, 0, value]);
  return { coefficients, min: value, max: value, limit: all ? Number.NEGATIVE_INFINITY : value };
}

/**
 * A connected part of the mask smaller than this share of the whole mask is a speck; an enclosed gap smaller
 * than this is a hole.
 */
const speck = 0.05;

/**
 * How to mend a mask. 0, far from every object: no pixel is kept; 2, in a hole or next to it: every pixel is;
 * 1: as the mask says. Undefined where the mask has only specks.
 */
export function mended({ mask, count }: { readonly mask: Mask; readonly count: number }): Mask | undefined {
  const area = Math.ceil(speck * count);
  const objects = inverse(fillHoles(inverse(mask), area));
  if (!objects.data.includes(1)) return undefined;
  const mend = beside(objects);
  const filled = fillEnclosed(objects, area);
  const holes = beside(mapped(filled, (value, i) => value & ~objects.data[i]));
  return mapped(mend, (value, i) => (holes.data[i] === 1 ? 2 : value));
}

const mapped = (mask: Mask, change: (value: number, i: number) => number): Mask =>
  tensor('uint8', mask.shape, mask.data.map(change));

const inverse = (mask: Mask): Mask => mapped(mask, (value) => 1 - value);

/** Fills holes of fewer than `area` pixels that do not touch the border. */
function fillEnclosed(mask: Mask, area: number): Mask {
  const [height, width] = mask.shape;
  // A frame of at least `area` zeros connects all gaps at the border, which are therefore too large to be
  // filled.
  const pad = Math.ceil(area / (2 * (height + width)));
  const row = width + 2 * pad;
  const padded = tensor('uint8', [height + 2 * pad, row]);
  const start = (y: number): number => (y + pad) * row + pad;
  for (let y = 0; y < height; y++) {
    padded.data.set(mask.data.subarray(y * width, (y + 1) * width), start(y));
  }
  const filled = fillHoles(padded, area);
  const out = tensor('uint8', mask.shape);
  for (let y = 0; y < height; y++) {
    out.data.set(filled.data.subarray(start(y), start(y) + width), y * width);
  }
  return out;
}

/** The pixels of a mask, and their eight neighbours. */
function beside(mask: Mask): Mask {
  const [height, width] = mask.shape;
  const out = tensor('uint8', mask.shape);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (mask.data[y * width + x] === 0) continue;
      for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
        out.data.fill(1, v * width + Math.max(0, x - 1), v * width + Math.min(width, x + 2));
      }
    }
  }
  return out;
}

export interface LaidOut {
  /** The map from its lowest value, 0, to its highest, 255; 0 outside the part. uint8 `[H, W]`. */
  readonly levels: Tensor<'uint8'>;
  /** uint8 `[H, W]`, 0 or 1; 0 outside the part. */
  readonly mask: Mask;
  /** Number of pixels that are 1 in the mask. */
  readonly kept: number;
}

/** `[x0, y0, x1, y1)` */
type Part = readonly [x0: number, y0: number, x1: number, y1: number];

/** The kernels process this many pixels at a time. */
const pixelsAtOnce = 2 ** 18;

/**
 * Upsamples a map to the size of a picture.
 * @param picture uint8 `[H, W, 3]`
 * @param part of the picture that the map shows, `[x0, y0, x1, y1)`; default: all of it
 */
export function layOut(
  { coefficients, min, max, limit, mend }: GuidedMap,
  picture: Picture,
  part: Part = [0, 0, picture.shape[1], picture.shape[0]],
): LaidOut {
  const [height, width] = picture.shape;
  const [x0, y0, x1, y1] = part;
  const [h, w] = coefficients.shape;
  const across = x1 - x0;
  const levels = tensor('uint8', [height, width]);
  const mask = tensor('uint8', [height, width]);
  const columns = bilinearTaps(w, across);
  const rows = bilinearTaps(h, y1 - y0);
  const work = kernels.ownWorkspace();
  const atOnce = Math.max(1, Math.min(y1 - y0, Math.floor(pixelsAtOnce / across)));
  const [table, line] = [work.put(coefficients.data), work.room(16 * w)];
  const [left, right] = [work.put(columns.first), work.put(columns.second)];
  const shares = work.put(Float32Array.from(columns.share));
  const [colours, values, marks] = [3, 1, 1].map((bytes) => work.room(bytes * atOnce * across));
  const [top, bottom, down] = [0, 1, 2].map(() => work.room(4 * atOnce));
  let kept = 0;
  for (let start = y0; start < y1; start += atOnce) {
    const count = Math.min(atOnce, y1 - start);
    const places = [start - y0, start - y0 + count] as const;
    work.write(top, rows.first.subarray(...places));
    work.write(bottom, rows.second.subarray(...places));
    work.write(down, Float32Array.from(rows.share.subarray(...places)));
    for (let y = 0; y < count; y++) {
      const from = ((start + y) * width + x0) * 3;
      work.write(colours + 3 * y * across, picture.data.subarray(from, from + 3 * across));
    }
    kept += work.run.guided(
      colours,
      table,
      line,
      values,
      marks,
      count,
      across,
      w,
      top,
      bottom,
      down,
      left,
      right,
      shares,
      min,
      max > min ? 255 / (max - min) : 0,
      limit,
    );
    for (let y = 0; y < count; y++) {
      const to = (start + y) * width + x0;
      work.readBytes(values + y * across, levels.data.subarray(to, to + across));
      work.readBytes(marks + y * across, mask.data.subarray(to, to + across));
    }
  }
  return { levels, mask, kept: mend ? kept + mendMask(mask, mend, part) : kept };
}

/**
 * Mends a part of a mask by the plan that `mended` gives.
 * @returns how many more pixels are then kept
 */
function mendMask(mask: Mask, mend: Mask, [x0, y0, x1, y1]: Part): number {
  const width = mask.shape[1];
  const [h, w] = mend.shape;
  const edges = Array.from({ length: w + 1 }, (_, u) => x0 + Math.floor((u * (x1 - x0)) / w));
  let more = 0;
  for (let y = y0; y < y1; y++) {
    const v = Math.floor(((y - y0) * h) / (y1 - y0));
    for (let u = 0; u < w; u++) {
      const to = mend.data[v * w + u];
      if (to === 1) continue;
      const row = mask.data.subarray(y * width + edges[u], y * width + edges[u + 1]);
      const value = to === 2 ? 1 : 0;
      if (!row.includes(1 - value)) continue;
      for (const mark of row) more += value - mark;
      row.fill(value);
    }
  }
  return more;
}

/**
 * A picture where the mask is 1, transparent elsewhere.
 * @param picture uint8 `[H, W, 3]`
 * @param mask uint8 `[H, W]`, 0 or 1, of the picture's size: such as that of `fullSize`
 * @returns uint8 RGBA `[H, W, 4]`: alpha is 255 where the mask is 1; elsewhere all four are 0
 * @throws when mask and picture differ in size
 * @example
 * ```ts
 * import { cutOutOf, tensor } from 'high-res-mapping';
 *
 * const picture = tensor('uint8', [1, 2, 3], [10, 20, 30, 40, 50, 60]);
 * const mask = tensor('uint8', [1, 2], [1, 0]);
 * const cutOut = cutOutOf(picture, mask);
 * console.log(cutOut.shape, cutOut.data.join(' ')); //=> [ 1, 2, 4 ] 10 20 30 255 0 0 0 0
 * ```
 */
export function cutOutOf({ shape, data }: Picture, mask: Mask): Picture {
  if (mask.shape[0] !== shape[0] || mask.shape[1] !== shape[1]) {
    throw new Error(
      `cutOutOf: mask [H, W] and picture [H, W, 3] must have one size, got [${mask.shape}] and [${shape}]`,
    );
  }
  const out = new Uint8Array(4 * sizeOf(mask.shape));
  const pixels = new Uint32Array(out.buffer);
  for (let i = 0, from = 0; i < pixels.length; i++, from += 3) {
    if (mask.data[i] === 0) continue;
    pixels[i] = data[from] | (data[from + 1] << 8) | (data[from + 2] << 16) | (255 << 24);
  }
  return tensor('uint8', [shape[0], shape[1], 4], out);
}
