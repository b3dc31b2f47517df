/** Colour maps: from the values of a map to RGB. The colours are those of d3-scale-chromatic. */
import {
  interpolateCividis,
  interpolateGreys,
  interpolateInferno,
  interpolateMagma,
  interpolatePlasma,
  interpolateRdBu,
  interpolateTurbo,
  interpolateViridis,
} from 'd3-scale-chromatic';
import { type FloatMap, mapSize, type Picture, tensor } from '../tensor/tensor.ts';

/**
 * 'greys' runs from white to black; 'bluered' is diverging, for signed maps: blue below zero, white at zero,
 * red above.
 */
export type ColormapName =
  | 'viridis'
  | 'inferno'
  | 'magma'
  | 'plasma'
  | 'cividis'
  | 'turbo'
  | 'greys'
  | 'bluered';

const interpolators: Readonly<Record<ColormapName, (t: number) => string>> = {
  viridis: interpolateViridis,
  inferno: interpolateInferno,
  magma: interpolateMagma,
  plasma: interpolatePlasma,
  cividis: interpolateCividis,
  turbo: interpolateTurbo,
  greys: interpolateGreys,
  bluered: (t) => interpolateRdBu(1 - t),
};

/**
 * The names of all colour maps, as `colorize` and `overlay` take them.
 * @example
 * ```ts
 * import { colormapNames } from 'high-res-mapping';
 *
 * console.log(colormapNames.join(' ')); //=> viridis inferno magma plasma cividis turbo greys bluered
 * ```
 */
export const colormapNames: readonly ColormapName[] = Object.keys(interpolators) as ColormapName[];

/**
 * The values of the first and the last colour: two numbers, low < high; 'minmax', the smallest and the
 * largest value of the map; or 'symmetric', -m to m, where m is the largest magnitude, so that zero gets the
 * middle colour.
 */
export type ValueRange = readonly [low: number, high: number] | 'minmax' | 'symmetric';

/** Options of `colorize`. */
export interface ColorizeOptions {
  /** Default 'turbo'. */
  colormap?: ColormapName;
  /** Default 'minmax'. Values outside get the first or the last colour. */
  range?: ValueRange;
}

const tables = new Map<ColormapName, Uint8Array>();

/**
 * A colour map as a table of 256 RGB colours: uint8, 768 values. Cached; do not write to it.
 * @throws when there is no colour map of that name
 */
export function colorTable(name: ColormapName): Uint8Array {
  const known = tables.get(name);
  if (known !== undefined) return known;
  if (!Object.hasOwn(interpolators, name)) {
    throw new Error(`colormap: no colour map '${name}' (use one of ${colormapNames.join(', ')})`);
  }
  const table = new Uint8Array(768);
  for (let i = 0; i < 256; i++) table.set(parseColor(interpolators[name](i / 255)), 3 * i);
  tables.set(name, table);
  return table;
}

/** A CSS colour in d3's formats, `#rrggbb` or `rgb(r, g, b)`. */
function parseColor(css: string): number[] {
  if (css.startsWith('#')) return [1, 3, 5].map((at) => Number.parseInt(css.slice(at, at + 2), 16));
  return (css.match(/\d+/g) ?? []).map(Number);
}

/**
 * The two ends of a range for a map. A flat map gives [v, v], or [0, 0] if it is zero and the range
 * symmetric.
 * @throws when a value of the map is not finite, or two given numbers are not low < high
 */
export function resolveRange(map: FloatMap, range: ValueRange = 'minmax'): [low: number, high: number] {
  const { width } = mapSize(map, 'colormap');
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  const { data } = map;
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    if (!Number.isFinite(value)) {
      throw new Error(
        `colormap: the map's values must be finite, it has ${value} in row ${Math.floor(i / width)}, column ${i % width}`,
      );
    }
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (range === 'minmax') return [low, high];
  if (range === 'symmetric') {
    const magnitude = Math.max(Math.abs(low), Math.abs(high));
    return [magnitude === 0 ? 0 : -magnitude, magnitude];
  }
  if (!(Number.isFinite(range[0]) && Number.isFinite(range[1]) && range[0] < range[1])) {
    throw new Error(`colormap: a range must be two numbers, low < high, got [${range[0]}, ${range[1]}]`);
  }
  return [range[0], range[1]];
}

/**
 * Indices of a map's values in the colour table: uint8 `[H, W]`, 0 for `low` and below to 255 for `high` and
 * above. If low = high (a flat map) every index is 0; in a symmetric range of an all-zero map it is the
 * middle, 128.
 */
export function colorIndices(map: FloatMap, range: ValueRange = 'minmax'): Uint8Array {
  const [low, high] = resolveRange(map, range);
  const { data } = map;
  const indices = new Uint8Array(data.length);
  if (low === high) return range === 'symmetric' ? indices.fill(128) : indices;
  const scale = 255 / (high - low);
  for (let i = 0; i < indices.length; i++) {
    const place = (data[i] - low) * scale;
    indices[i] = place <= 0 ? 0 : place >= 255 ? 255 : Math.round(place);
  }
  return indices;
}

/**
 * Colours a map.
 * @param map float32 `[H, W]`, finite
 * @returns uint8 RGB `[H, W, 3]`. A flat map has one colour: the first, or the middle one of a symmetric
 * range of zeros.
 * @throws when there is no such colour map, a value of the map is not finite, or a range is not low < high
 * @example
 * ```ts
 * import { colorize, tensor } from 'high-res-mapping';
 *
 * const map = tensor('float32', [1, 3], Float32Array.of(0, 0.5, 1));
 * const picture = colorize(map, { colormap: 'greys' });
 * console.log(picture.shape); //=> [ 1, 3, 3 ]
 * console.log(picture.data.join(' ')); //=> 255 255 255 150 150 150 0 0 0
 * ```
 */
export function colorize(map: FloatMap, options: ColorizeOptions = {}): Picture {
  const table = colorTable(options.colormap ?? 'turbo');
  const { height, width } = mapSize(map, 'colorize');
  const indices = colorIndices(map, options.range);
  const data = new Uint8Array(3 * indices.length);
  for (let i = 0; i < indices.length; i++) {
    const from = 3 * indices[i];
    data[3 * i] = table[from];
    data[3 * i + 1] = table[from + 1];
    data[3 * i + 2] = table[from + 2];
  }
  return tensor('uint8', [height, width, 3], data);
}
