import { type Picture, tensor } from '../../tensor/tensor.ts';
import { kernels } from './kernels.ts';

/** Greatest factor by which a side may shrink, the space for weights in `assembly/pictures/taps.ts`. */
export const mostShrink = 12;
const tapsBytes = 60;

/**
 * Resizes with a triangle filter: antialiased when a side shrinks, bilinear when it grows.
 * @param picture uint8 `[H, W, C]`, C = 3 or 1, no side more than `mostShrink` times the requested one
 * @returns uint8 `[height, width, C]`, values rounded
 */
export function resize({ shape, data }: Picture, height: number, width: number): Picture {
  const [fromHeight, fromWidth, channels] = shape;
  const work = kernels.workspace();
  const source = work.put(data);
  const out = work.room(height * width * channels);
  const rowTaps = work.room(tapsBytes * height);
  const columnTaps = work.room(tapsBytes * width);
  const between = work.room(2 * fromWidth * channels);
  work.run.resize(source, fromHeight, fromWidth, channels, out, height, width, rowTaps, columnTaps, between);
  return tensor('uint8', [height, width, channels], work.bytes(out, height * width * channels));
}
