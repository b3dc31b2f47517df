import { type FloatMap, mapSize, tensor } from '../../tensor/tensor.ts';
import { type KernelWorkspace, kernels } from '../maps/kernels.ts';
import { scaleIn } from '../maps/scale.ts';

/**
 * Edge strength of a `[H, W]` map: the Sobel magnitude `sqrt((gx^2 + gy^2) / 2)` with the kernels
 * `[1 2 1] / 4` across and `[1 0 -1]` along; at the border the edge pixel is repeated. In the map's unit per
 * two pixels, never negative.
 * Source: `skimage.filters.sobel`, with the same float32 roundings: bounds are compared with these values for
 * equality.
 */
export function sobel(map: FloatMap): FloatMap {
  const work = kernels.workspace();
  return tensor('float32', map.shape, work.floats(magnitude(work, map), map.data.length));
}

/** The edge strength, scaled to [0, 1] as by `scale`. */
export function scaledSobel(map: FloatMap): FloatMap {
  const size = map.data.length;
  const work = kernels.workspace();
  const strength = magnitude(work, map);
  scaleIn(work, strength, size);
  return tensor('float32', map.shape, work.floats(strength, size));
}

function magnitude(work: KernelWorkspace, map: FloatMap): number {
  const { height, width } = mapSize(map, 'sobel');
  const out = work.room(map.data.byteLength);
  const padded = work.room(8 * (height + 2) * (width + 2));
  work.run.sobel(work.put(map.data), out, padded, height, width);
  return out;
}
