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
 * @throws when there is no such image
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
  checkIndex('image', images, i);
  return itemsBetween(images, i, i + 1);
}

/**
 * Maps of one size, `[h, w]` each, as a stack `[N, h, w]`; copied.
 * @throws when there is no map, or they differ in size
 * @example
 * ```ts
 * import { stackMaps, tensor } from 'high-res-mapping';
 *
 * const maps = stackMaps([tensor('float32', [1, 2], [0, 1]), tensor('float32', [1, 2], [2, 3])]);
 * console.log(maps.shape, maps.data.join(' ')); //=> [ 2, 1, 2 ] 0 1 2 3
 * ```
 */
export function stackMaps(maps: readonly FloatMap[]): Tensor<'float32'> {
  if (maps.length === 0) throw new Error('stackMaps: at least one map is needed');
  const other = maps.find(({ shape }) => String(shape) !== String(maps[0].shape));
  if (other) {
    throw new Error(`stackMaps: maps must have one size, got [${maps[0].shape}] and [${other.shape}]`);
  }
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
  checkIndex('map', maps, i);
  return itemAt(maps, i);
}

function checkIndex(what: string, { shape: [n] }: Tensor<'float32'>, i: number): void {
  if (!(Number.isInteger(i) && i >= 0 && i < n)) throw new Error(`there is no ${what} ${i} of ${n}`);
}
