import { type FloatMap, mapSize, tensor } from '../../tensor/tensor.ts';
import { cellSpan } from './cell-span.ts';

/**
 * A map `[H, W]` averaged over the cells of a grid, `[size, size]`; where it has fewer pixels than cells,
 * each cell takes the pixel that contains it.
 */
export function mapGrid(map: FloatMap, size: number): FloatMap {
  const { height, width } = mapSize(map, 'mapGrid');
  const out = tensor('float32', [size, size]);
  for (let y = 0; y < size; y++) {
    const [top, bottom] = cellSpan(y, size, height);
    for (let x = 0; x < size; x++) {
      const [left, right] = cellSpan(x, size, width);
      let sum = 0;
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) sum += map.data[row * width + column];
      }
      out.data[y * size + x] = sum / ((bottom - top) * (right - left));
    }
  }
  return out;
}
