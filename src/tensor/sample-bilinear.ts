import { type FloatMap, mapSize, tensor } from './tensor.ts';

/**
 * For each position of an axis, the two positions that it is interpolated from, and the weight of the second.
 */
export interface BilinearTaps {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly share: Float64Array;
}

/** The taps for resizing an axis from `from` positions to `to`. */
export function bilinearTaps(from: number, to: number): BilinearTaps {
  const first = new Int32Array(to);
  const second = new Int32Array(to);
  const share = new Float64Array(to);
  for (let i = 0; i < to; i++) {
    const at = Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1);
    first[i] = Math.floor(at);
    second[i] = Math.min(first[i] + 1, from - 1);
    share[i] = at - first[i];
  }
  return { first, second, share };
}

/**
 * A map in another size: bilinear interpolation at the new pixels' centres (half-pixel), borders repeated;
 * float32 `[height, width]`. A map that shrinks is sampled, not averaged; `refine/maps/resize-bilinear.ts`,
 * as Pillow, averages. Returns the same object if the size is unchanged.
 */
export function sampleBilinear(map: FloatMap, height: number, width: number): FloatMap {
  const size = mapSize(map, 'sampleBilinear');
  if (size.height === height && size.width === width) return map;
  const rows = bilinearTaps(size.height, height);
  const columns = bilinearTaps(size.width, width);
  const out = tensor('float32', [height, width]);
  for (let y = 0; y < height; y++) {
    const top = rows.first[y] * size.width;
    const bottom = rows.second[y] * size.width;
    for (let x = 0; x < width; x++) {
      const l = columns.first[x];
      const r = columns.second[x];
      const share = columns.share[x];
      const above = map.data[top + l] * (1 - share) + map.data[top + r] * share;
      const below = map.data[bottom + l] * (1 - share) + map.data[bottom + r] * share;
      out.data[y * width + x] = above * (1 - rows.share[y]) + below * rows.share[y];
    }
  }
  return out;
}
