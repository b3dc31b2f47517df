/** Checks batches of images, and takes images and maps out of batches. */
import { checkSize, type Network } from '../models/network.ts';
import { itemAt, itemsBetween, stack } from '../tensor/batch.ts';
import type { FloatMap, Tensor } from '../tensor/tensor.ts';

/**
 * @throws unless images are float32 `[N, H, W, C]` in [0, 1], with a height and width that the network
 * accepts
 */
export function checkImages(
  { shape, data, dtype }: Tensor<'float32'>,
  { channels, sizes }: Pick<Network, 'channels' | 'sizes'>,
): void {
  const [n, height, width, c] = shape;
  if (dtype !== 'float32' || shape.length !== 4 || n < 1 || c !== channels) {
    throw new Error(`image: float32 [N, H, W, ${channels}] is needed, got ${dtype} [${shape}]`);
  }
  for (const size of [height, width]) checkSize(sizes, size);
  const outside = data.find((value) => !(value >= -1e-3 && value <= 1.001));
  if (outside !== undefined) throw new Error(`image: values in [0, 1] are needed, got ${outside}`);
}

/**
 * Image i of a batch `[N, H, W, C]`, i from 0 to N - 1, as a batch of one, `[1, H, W, C]`; shares memory.
 * @example
 * ```ts
 * import { imageAt, tensor } from 'high-res-mapping';
 *
 * const images = tensor('float32', [2, 1, 2, 1], [0, 0.25, 0.5, 0.75]); // two grey images of 1 x 2 pixels
 * const second = imageAt(images, 1);
 * console.log(second.shape, second.data.join(' ')); //=> [ 1, 1, 2, 1 ] 0.5 0.75
 * ```
 */
export function imageAt(images: Tensor<'float32'>, i: number): Tensor<'float32'> {
  return itemsBetween(images, i, i + 1);
}

/**
 * Maps of one size, `[h, w]` each, as a stack `[N, h, w]`; copied. At least one map.
 * @example
 * ```ts
 * import { stackMaps, tensor } from 'high-res-mapping';
 *
 * const maps = stackMaps([tensor('float32', [1, 2], [0, 1]), tensor('float32', [1, 2], [2, 3])]);
 * console.log(maps.shape, maps.data.join(' ')); //=> [ 2, 1, 2 ] 0 1 2 3
 * ```
 */
export function stackMaps(maps: readonly FloatMap[]): Tensor<'float32'> {
  return stack(maps);
}

/**
 * Map i of a stack `[N, h, w]`, i from 0 to N - 1, as `[h, w]`; shares memory.
 * @throws when there is no such map
 * @example
 * ```ts
 * import { mapAt, tensor } from 'high-res-mapping';
 *
 * const maps = tensor('float32', [2, 1, 2], [0, 1, 2, 3]);
 * const second = mapAt(maps, 1);
 * console.log(second.shape, second.data.join(' ')); //=> [ 1, 2 ] 2 3
 * ```
 */
export function mapAt(maps: Tensor<'float32'>, i: number): FloatMap {
  return itemAt(maps, i);
}
