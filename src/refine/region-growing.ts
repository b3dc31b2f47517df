import { type FloatMap, type Mask, mapSize, tensor } from '../tensor/tensor.ts';
import type { Bounds } from './bounds.ts';

/**
 * Grows a region from the seeds over the 4 neighbours while `lower <= map <= upper`; all are `[H, W]`.
 * A seed outside the bounds grows nothing; 0 is a bound as any other number.
 * Source: Adams and Bischof, *Seeded Region Growing*, PAMI 16 (1994), with a fixed interval (ITK's ConnectedThreshold).
 */
export function growRegion(map: FloatMap, seeds: Mask, { lower, upper }: Bounds): Mask {
  const { width } = mapSize(map, 'growRegion');
  const { data } = map;
  const region = tensor('uint8', map.shape);
  const marks = region.data;
  const stack: number[] = [];
  const last = data.length - width;
  for (let seed = seeds.data.indexOf(1); seed >= 0; seed = seeds.data.indexOf(1, seed + 1)) {
    stack.push(seed);
    while (stack.length > 0) {
      const i = stack.pop()!;
      if (marks[i] === 1 || data[i] < lower || data[i] > upper) continue;
      marks[i] = 1;
      const x = i % width;
      if (x > 0) stack.push(i - 1);
      if (x < width - 1) stack.push(i + 1);
      if (i >= width) stack.push(i - width);
      if (i < last) stack.push(i + width);
    }
  }
  return region;
}
