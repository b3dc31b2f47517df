import { type Tensor, tensor } from '../tensor/tensor.ts';

/**
 * An image blurred by a Gaussian of `size` x `size` pixels with weights that sum to 1; at the border, its
 * pixels are repeated.
 * @param image float32 `[H, W, C]`
 * @param size odd, default 11
 * @param sigma in pixels, default 5
 */
export function gaussianBlur(image: Tensor<'float32'>, size = 11, sigma = 5): Tensor<'float32'> {
  const [height, width, channels] = image.shape;
  const reach = (size - 1) / 2;
  const raw = Array.from({ length: size }, (_, k) => Math.exp(-((k - reach) ** 2) / (2 * sigma ** 2)));
  const total = raw.reduce((sum, weight) => sum + weight, 0);
  const weights = raw.map((weight) => weight / total);
  const wide = new Float32Array(image.data.length);
  const out = tensor('float32', image.shape);
  along(image.data, wide, width, height, channels, width * channels);
  along(wide, out.data, height, width, width * channels, channels);
  return out;

  /** Blurs along one axis: `length` elements `step` apart, in each of `lines` lines `stride` apart. */
  function along(
    from: Float32Array,
    to: Float32Array,
    length: number,
    lines: number,
    step: number,
    stride: number,
  ): void {
    for (let line = 0; line < lines; line++) {
      for (let i = 0; i < length; i++) {
        for (let c = 0; c < channels; c++) {
          let sum = 0;
          for (let k = 0; k < size; k++) {
            const at = Math.min(Math.max(i + k - reach, 0), length - 1);
            sum += weights[k] * from[line * stride + at * step + c];
          }
          to[line * stride + i * step + c] = sum;
        }
      }
    }
  }
}
