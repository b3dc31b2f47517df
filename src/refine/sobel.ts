import { type FloatMap, mapSize, tensor } from '../tensor/tensor.ts';

const root2 = Math.fround(Math.SQRT2);

/**
 * Edge strength of a `[H, W]` map: the Sobel magnitude `sqrt((gx^2 + gy^2) / 2)` with the kernels
 * `[1 2 1] / 4` across and `[1 0 -1]` along; at the border the edge pixel is repeated. In the map's unit per two
 * pixels, never negative.
 * Source: `skimage.filters.sobel`, whose float32 roundings are kept: bounds are compared with these values for equality.
 */
export function sobel(map: FloatMap): FloatMap {
  const { height, width } = mapSize(map, 'sobel');
  const out = tensor('float32', map.shape);
  const source = map.data;
  const strength = out.data;
  const { fround } = Math;
  for (let y = 0; y < height; y++) {
    const middle = y * width;
    const above = y > 0 ? middle - width : middle;
    const below = y < height - 1 ? middle + width : middle;
    for (let x = 0; x < width; x++) {
      const left = x > 0 ? x - 1 : x;
      const right = x < width - 1 ? x + 1 : x;
      const a = source[above + left];
      const b = source[above + right];
      const c = source[below + left];
      const d = source[below + right];
      const gy = fround((c + 2 * source[below + x] + d - (a + 2 * source[above + x] + b)) / 4);
      const gx = fround((b + 2 * source[middle + right] + d - (a + 2 * source[middle + left] + c)) / 4);
      strength[middle + x] = fround(Math.sqrt(fround(fround(gy * gy) + fround(gx * gx)))) / root2;
    }
  }
  return out;
}
