import { type FloatMap, mapSize, tensor } from '../../tensor/tensor.ts';
import { kernels } from '../maps/kernels.ts';
import { type Extremes, span } from '../maps/scale.ts';

/**
 * Mean over the 5 x 5 pixels around each pixel of a `[H, W]` map. At the border the map is mirrored, with the
 * edge pixel repeated (`b a | a b c d | d c`). Sums are float64, the result float32.
 * Source: `scipy.ndimage.convolve(map, np.full((5, 5), 1 / 25), mode='reflect')`.
 * @param ends if the map's extremes are given, the map is scaled as by `scale` in the same pass
 * @throws when the span of the values exceeds float32
 */
export function meanFilter(map: FloatMap, ends: Extremes = { min: 0, max: 1 }): FloatMap {
  const { height, width } = mapSize(map, 'meanFilter');
  const work = kernels.workspace();
  const means = work.room(map.data.byteLength);
  const padded = work.room(8 * (height + 4) * (width + 4));
  work.run.meanFilter(work.put(map.data), means, padded, height, width, ends.min, span(ends));
  return tensor('float32', map.shape, work.floats(means, height * width));
}
