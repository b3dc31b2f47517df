/** A picture on its way to a model: as the model sees it, and as people look at it. */
import { type Picture, tensor } from '../../tensor/tensor.ts';
import { mostShrink, resize } from './resize.ts';
import { toChannels } from './to-channels.ts';

export interface PictureSource {
  /** Stands in errors, usually the file's name. */
  readonly name?: string;
  /** As a model sees it: uint8 `[size, size, C]`, without keeping the proportions. */
  seen(size: number, channels: 1 | 3): Picture | Promise<Picture>;
  /** In its own proportions, no side longer than `displaySide`: uint8 `[H, W, 3]`. */
  shown(): Picture | Promise<Picture>;
}

/** Longer side, in pixels, at which a picture is shown. */
export const displaySide = 960;

/** The height and width at which a picture is shown: its own, or smaller ones in its proportions. */
export function displaySize(height: number, width: number): { height: number; width: number } {
  const scale = Math.min(1, displaySide / Math.max(height, width));
  return { height: Math.max(1, Math.round(height * scale)), width: Math.max(1, Math.round(width * scale)) };
}

/** A picture in memory, uint8 `[H, W, 3]` of any size. */
export function pictureInMemory(pixels: Picture, name?: string): PictureSource {
  const [height, width, depth] = pixels.shape;
  if (pixels.dtype !== 'uint8' || depth !== 3) {
    throw new Error(`picture: uint8 [H, W, 3] is needed, got ${pixels.dtype} [${pixels.shape}]`);
  }
  const display = displaySize(height, width);
  let shown: Picture | undefined;
  return {
    name,
    seen: (size, channels) => {
      const { data } = resizeFar(pixels, size, size);
      return tensor('uint8', [size, size, channels], toChannels(data, 3, channels));
    },
    shown: () => {
      shown ??= resizeFar(pixels, display.height, display.width);
      return shown;
    },
  };
}

/** `resize` by any factor, in several steps where it is a large one. */
export function resizeFar(pixels: Picture, height: number, width: number): Picture {
  let [h, w] = pixels.shape;
  let picture = pixels;
  while (h > mostShrink * height || w > mostShrink * width) {
    h = Math.max(height, Math.ceil(h / mostShrink));
    w = Math.max(width, Math.ceil(w / mostShrink));
    picture = resize(picture, h, w);
  }
  return h === height && w === width ? picture : resize(picture, height, width);
}
