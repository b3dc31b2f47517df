import { itemAt } from '../../tensor/batch.ts';
import { type Picture, reshape, sizeOf, type Tensor, tensor } from '../../tensor/tensor.ts';
import { kernels } from './kernels.ts';

/** Converts bytes, 0 to 255, to float32 in [0, 1]: x / 255. Writes to `out` from index `at` on. */
function toUnitRange(bytes: Uint8Array, out: Float32Array, at = 0): void {
  const work = kernels.workspace();
  const floats = work.room(4 * bytes.length);
  work.run.toUnitRange(work.put(bytes), floats, bytes.length);
  work.readFloats(floats, out.subarray(at, at + bytes.length));
}

/**
 * Converts a picture, uint8 `[H, W, C]`, to a model's input: float32 `[1, H, W, C]` in [0, 1], x / 255.
 * @example
 * ```ts
 * import { tensor } from 'high-res-mapping';
 * import { toImage } from 'high-res-mapping/node';
 *
 * const picture = tensor('uint8', [1, 2, 3], Uint8Array.of(0, 51, 255, 0, 0, 102));
 * const image = toImage(picture);
 * console.log(image.shape, image.dtype); //=> [ 1, 1, 2, 3 ] float32
 * console.log([...image.data].map((x) => x.toFixed(1)).join(' ')); //=> 0.0 0.2 1.0 0.0 0.0 0.4
 * ```
 */
export function toImage(picture: Picture): Tensor<'float32'> {
  return toImages(reshape(picture, [1, ...picture.shape]));
}

/**
 * Converts pictures, uint8 `[N, H, W, C]`, such as those of `batches`, to a model's input: float32
 * `[N, H, W, C]` in [0, 1], x / 255.
 * @example
 * ```ts
 * import { batches, loadModel, scanImageFolder, toImages } from 'high-res-mapping/node';
 *
 * const model = await loadModel('models/scenes.onnx');
 * const test = await scanImageFolder('scenes/test');
 * for await (const { pictures } of batches(test, { batchSize: 12, size: 64 })) {
 *   const images = toImages(pictures);
 *   console.log(images.shape, images.dtype); //=> [ 12, 64, 64, 3 ] float32
 *   console.log((await model.predict(images)).shape); //=> [ 12, 6 ]
 * }
 * await model.release();
 * ```
 */
export function toImages({ shape, data }: Tensor<'uint8'>): Tensor<'float32'> {
  const images = tensor('float32', shape);
  const size = sizeOf(shape.slice(1));
  // One by one, because the kernel keeps the memory of its largest input.
  for (let at = 0; at < data.length; at += size) toUnitRange(data.subarray(at, at + size), images.data, at);
  return images;
}

/** The i-th of images `[N, H, W, C]` in [0, 1] as a picture, uint8 `[H, W, C]`, rounded. */
export function pictureAt(images: Tensor<'float32'>, i: number): Picture {
  const { shape, data } = itemAt(images, i);
  return tensor(
    'uint8',
    shape,
    Uint8Array.from(data, (value) => Math.round(255 * value)),
  );
}
