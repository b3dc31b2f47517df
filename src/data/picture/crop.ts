import { type Picture, tensor } from '../../tensor/tensor.ts';

/**
 * The square in the middle of a picture.
 * @param share of the shorter side, in (0, 1]
 */
export function cropMiddle({ shape: [height, width, channels], data }: Picture, share: number): Picture {
  const side = Math.max(1, Math.round(share * Math.min(height, width)));
  const [top, left] = [Math.floor((height - side) / 2), Math.floor((width - side) / 2)];
  const out = tensor('uint8', [side, side, channels]);
  for (let y = 0; y < side; y++) {
    const from = ((top + y) * width + left) * channels;
    out.data.set(data.subarray(from, from + side * channels), y * side * channels);
  }
  return out;
}
