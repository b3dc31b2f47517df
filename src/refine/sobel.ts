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
    const row = y * width;
    const above = y > 0 ? row - width : row;
    const below = y < height - 1 ? row + width : row;
    // What the next pixel needs again goes along: the rows above and below, and the columns weighted 1 2 1.
    let aboveLeft = source[above];
    let aboveHere = aboveLeft;
    let belowLeft = source[below];
    let belowHere = belowLeft;
    let left = aboveLeft + 2 * source[row] + belowLeft;
    let here = left;
    for (let x = 0; x < width; x++) {
      const next = x < width - 1 ? x + 1 : x;
      const aboveRight = source[above + next];
      const belowRight = source[below + next];
      const right = aboveRight + 2 * source[row + next] + belowRight;
      const gy = fround(
        (belowLeft + 2 * belowHere + belowRight - (aboveLeft + 2 * aboveHere + aboveRight)) / 4,
      );
      const gx = fround((right - left) / 4);
      strength[row + x] = fround(Math.sqrt(fround(fround(gy * gy) + fround(gx * gx)))) / root2;
      aboveLeft = aboveHere;
      aboveHere = aboveRight;
      belowLeft = belowHere;
      belowHere = belowRight;
      left = here;
      here = right;
    }
  }
  return out;
}
