/** A picture on its way to a model: as the model sees it, and as people look at it. */
import { type Picture, tensor } from '../../tensor/tensor.ts';
import { type Box, cropMiddle, middleBox } from './crop.ts';
import { mostShrink, resize } from './resize.ts';
import { toChannels } from './to-channels.ts';

/** Where a picture comes from: it gives the picture as a model sees it, as people look at it, and whole. */
export interface PictureSource {
  /** Stands in errors, usually the file's name. */
  readonly name?: string;
  /** As a model sees it: uint8 `[size, size, C]`, without keeping the proportions. */
  seen(size: number, channels: 1 | 3): Picture | Promise<Picture>;
  /** In its own proportions, no side longer than `displaySide`: uint8 `[H, W, 3]`. */
  shown(): Picture | Promise<Picture>;
  /** Height and width of the whole picture, in pixels. Default: those of `shown`. */
  size?(): WholeSize | Promise<WholeSize>;
  /**
   * In its own size, upright: uint8 `[H, W, 3]`. One of more than `most` pixels: in its proportions, the
   * largest size that has no more. Default: as `shown`.
   */
  whole?(most: number): Picture | Promise<Picture>;
}

export interface WholeSize {
  readonly height: number;
  readonly width: number;
}

/** Longer side, in pixels, at which a picture is shown. */
export const displaySide = 960;

/** The height and width at which a picture is shown: its own, or smaller ones in its proportions. */
export function displaySize(height: number, width: number): { height: number; width: number } {
  const scale = Math.min(1, displaySide / Math.max(height, width));
  return { height: Math.max(1, Math.round(height * scale)), width: Math.max(1, Math.round(width * scale)) };
}

/**
 * The largest size of no more than `most` pixels in the proportions of a picture; its own where that has no
 * more.
 */
export function sizeWithin(most: number, { height, width }: WholeSize): WholeSize {
  const scale = Math.min(1, Math.sqrt(most / (height * width)));
  return { height: Math.max(1, Math.floor(height * scale)), width: Math.max(1, Math.floor(width * scale)) };
}

/** A source that asks another one for each thing once, and keeps it. */
export function keptSource(source: PictureSource): PictureSource {
  const kept = new Map<string, unknown>();
  const once = <T>(what: string, get: () => T): T => {
    if (!kept.has(what)) kept.set(what, get());
    return kept.get(what) as T;
  };
  return {
    name: source.name,
    seen: (size, channels) => once(`seen ${size} ${channels}`, () => source.seen(size, channels)),
    shown: () => once('shown', () => source.shown()),
    size: source.size && (() => once('size', () => source.size?.() as WholeSize)),
    whole: source.whole && ((most) => once(`whole ${most}`, () => source.whole?.(most) as Picture)),
  };
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
    seen: (size, channels) => squashed(pixels, size, channels),
    shown: () => {
      shown ??= resizeFar(pixels, display.height, display.width);
      return shown;
    },
    size: () => ({ height, width }),
    whole: (most) => {
      const size = sizeWithin(most, { height, width });
      return size.height === height ? pixels : resizeFar(pixels, size.height, size.width);
    },
  };
}

/** The square in the middle of a picture, as a source of its own: what a model sees that looks at the middle alone. */
export interface MiddleSource extends PictureSource {
  /** Where the square lies, in pixels of the whole picture. */
  covers(): Promise<Box>;
}

/**
 * The square in the middle of what a source shows.
 * @param share of the shorter side, in (0, 1]
 */
export function middleOf(source: PictureSource, share: number): MiddleSource {
  let found: Promise<Picture> | undefined;
  const middle = (): Promise<Picture> => {
    found ??= Promise.resolve(source.shown()).then((whole) => cropMiddle(whole, share));
    return found;
  };
  return {
    name: source.name,
    seen: async (size, channels) => squashed(await middle(), size, channels),
    shown: middle,
    covers: async () => {
      const { height, width } = (await source.size?.()) ?? sizeOf(await source.shown());
      return middleBox(height, width, share);
    },
  };
}

function sizeOf({ shape: [height, width] }: Picture): WholeSize {
  return { height, width };
}

/** Pixels at a model's size, without keeping the proportions. @param pixels uint8 `[H, W, 3]` @returns uint8 `[size, size, channels]` */
export function squashed(pixels: Picture, size: number, channels: 1 | 3): Picture {
  const { data } = resizeFar(pixels, size, size);
  return tensor('uint8', [size, size, channels], toChannels(data, 3, channels));
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
