/** Draws pictures onto canvases. */
import type { Picture } from '../../tensor/tensor.ts';

/** Draws pixels one to one; the style sheet sets the displayed size. */
export function put(canvas: HTMLCanvasElement, image: ImageData): void {
  if (canvas.width !== image.width) canvas.width = image.width;
  if (canvas.height !== image.height) canvas.height = image.height;
  canvas.getContext('2d')?.putImageData(image, 0, 0);
}

/** A picture, uint8 `[H, W, C]`, C = 1 or 3, opaque, or 4, as RGBA. */
export function toImageData({ shape, data }: Picture): ImageData {
  const [height, width, channels] = shape;
  const image = new ImageData(width, height);
  const out = image.data;
  if (channels === 4) {
    out.set(data);
    return image;
  }
  const [green, blue] = channels === 3 ? [1, 2] : [0, 0];
  for (let from = 0, to = 0; to < out.length; from += channels, to += 4) {
    out[to] = data[from];
    out[to + 1] = data[from + green];
    out[to + 2] = data[from + blue];
    out[to + 3] = 255;
  }
  return image;
}
