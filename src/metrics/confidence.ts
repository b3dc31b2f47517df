/**
 * Average drop and average increase: how much of the class's probability is left when the image is masked by
 * the map.
 * Source: Chattopadhay, Sarkar, Howlader, Balasubramanian, *Grad-CAM++*, WACV 2018, section 4.1.
 */
import { type FloatMap, mapSize, type Tensor, tensor } from '../tensor/tensor.ts';

/**
 * The image times the map, pixel by pixel.
 * @param image float32 `[H, W, C]`
 * @param map float32 `[H, W]` in [0, 1]
 * @throws when the sizes differ
 */
export function imageTimesMap(image: Tensor<'float32'>, map: FloatMap): Tensor<'float32'> {
  const { height, width } = mapSize(map, 'imageTimesMap');
  if (image.shape.length !== 3 || image.shape[0] !== height || image.shape[1] !== width) {
    throw new Error(
      `imageTimesMap: image [H, W, C] and map [H, W] must have one size, got [${image.shape}] and [${map.shape}]`,
    );
  }
  const channels = image.shape[2];
  return tensor(
    'float32',
    image.shape,
    image.data.map((value, i) => value * map.data[Math.floor(i / channels)]),
  );
}

/**
 * The share of the class's probability that is lost, `max(0, whole - masked) / whole`, in [0, 1]: low is
 * good. 0 if `whole` is 0.
 * @param whole probability for the image
 * @param masked probability for `imageTimesMap`
 */
export function confidenceDrop(whole: number, masked: number): number {
  return whole > 0 ? Math.max(0, whole - masked) / whole : 0;
}

/**
 * Whether the class's probability increases. The mean over images is the average increase, in [0, 1]: high is
 * good.
 */
export function confidenceRises(whole: number, masked: number): boolean {
  return masked > whole;
}
