import { type FloatMap, type Mask, mapSize, tensor } from '../tensor/tensor.ts';
import type { Bounds } from './bounds.ts';

/**
 * Grows a region from the seeds over the 4 neighbours while `lower <= map <= upper`; all are `[H, W]`.
 * A seed outside the bounds grows nothing; 0 is a bound as any other number.
 * Source: Adams and Bischof, *Seeded Region Growing*, PAMI 16 (1994), with a fixed interval (ITK's ConnectedThreshold).
 */
export function growRegion(map: FloatMap, seeds: Mask, { lower, upper }: Bounds): Mask {
  const { height, width } = mapSize(map, 'growRegion');
  const { data } = map;
  const region = tensor('uint8', map.shape);
  const stack = new Int32Array(data.length);
  let size = 0;
  const visit = (i: number): void => {
    if (region.data[i] === 1 || data[i] < lower || data[i] > upper) return;
    region.data[i] = 1;
    stack[size++] = i;
  };
  for (let i = 0; i < data.length; i++) if (seeds.data[i] === 1) visit(i);
  while (size > 0) {
    const i = stack[--size];
    const x = i % width;
    if (x > 0) visit(i - 1);
    if (x < width - 1) visit(i + 1);
    if (i >= width) visit(i - width);
    if (i < (height - 1) * width) visit(i + width);
  }
  return region;
}
