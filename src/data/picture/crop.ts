import { type Picture, tensor } from '../../tensor/tensor.ts';

/** A part of a picture, `[x0, y0, x1, y1)` in pixels. */
export type Box = readonly [x0: number, y0: number, x1: number, y1: number];

/**
 * The box of a picture's central square.
 * @param share of the shorter side, in (0, 1]
 */
export function middleBox(height: number, width: number, share: number): Box {
  const side = Math.max(1, Math.round(share * Math.min(height, width)));
  const [top, left] = [Math.floor((height - side) / 2), Math.floor((width - side) / 2)];
  return [left, top, left + side, top + side];
}

/**
 * The central square of a picture.
 * @param picture uint8 `[H, W, C]`
 * @param share of the shorter side, in (0, 1]
 * @returns a copy, uint8 `[side, side, C]`
 */
export function cropMiddle({ shape: [height, width, channels], data }: Picture, share: number): Picture {
  const [left, top, right] = middleBox(height, width, share);
  const side = right - left;
  const out = tensor('uint8', [side, side, channels]);
  for (let y = 0; y < side; y++) {
    const from = ((top + y) * width + left) * channels;
    out.data.set(data.subarray(from, from + side * channels), y * side * channels);
  }
  return out;
}
