import { type FloatMap, type Mask, mapSize, tensor } from '../../tensor/tensor.ts';
import { kernels } from '../maps/kernels.ts';
import type { Bounds } from './bounds.ts';

/**
 * Grows a region from seeds over 4 neighbours while `lower <= map <= upper`; all are `[H, W]`. A seed outside
 * the bounds grows nothing. A bound of 0 is valid.
 * Source: Adams and Bischof, *Seeded Region Growing*, PAMI 16 (1994), with a fixed interval (ITK's
 * ConnectedThreshold).
 */
export function growRegion(map: FloatMap, seeds: Mask, { lower, upper }: Bounds): Mask {
  const { height, width } = mapSize(map, 'growRegion');
  const size = height * width;
  const work = kernels.workspace();
  const region = work.zeros(size);
  const stack = work.room(4 * size);
  work.run.growRegion(work.put(map.data), work.put(seeds.data), region, stack, height, width, lower, upper);
  return tensor('uint8', map.shape, work.bytes(region, size));
}
