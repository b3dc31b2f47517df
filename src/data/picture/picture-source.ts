/** Sources of pictures: at a model's input size, at display size, and whole. */
import { type Picture, tensor } from '../../tensor/tensor.ts';
import { type Box, cropMiddle, middleBox } from './crop.ts';
import { mostShrink, resize } from './resize.ts';
import { toChannels } from './to-channels.ts';

/** Provides a picture at a model's input size, at display size, and whole. */
export interface PictureSource {
  /** Name in errors, usually the file's. */
  readonly name?: string;
  /** The model's input: uint8 `[size, size, C]`, without keeping the aspect ratio. */
  seen(size: number, channels: 1 | 3): Picture | Promise<Picture>;
  /** The displayed picture with its aspect ratio, no side longer than `displaySide`: uint8 `[H, W, 3]`. */
  shown(): Picture | Promise<Picture>;
  /** Height and width of the whole picture in pixels. Default: those of `shown`. */
  size?(): WholeSize | Promise<WholeSize>;
  /**
   * The picture in its own size, upright: uint8 `[H, W, 3]`. A picture of more than `most` pixels is reduced
   * to the largest size within the limit that keeps the aspect ratio. Default: as `shown`.
   */
  whole?(most: number): Picture | Promise<Picture>;
}

/** Size of a whole picture in pixels. */
export interface WholeSize {
  readonly height: number;
  readonly width: number;
}

/**
 * The longer side of a displayed picture in pixels: larger pictures are reduced to it, in their
 * proportions.
 * @example
 * ```ts
 * import { displaySide, pictureInMemory, tensor } from 'high-res-mapping';
 *
 * console.log(displaySide); //=> 960
 * const { shape } = await pictureInMemory(tensor('uint8', [1000, 2000, 3])).shown();
 * console.log(shape); //=> [ 480, 960, 3 ]
 * ```
 */
export const displaySide = 960;

/** Display size of a picture: its own, or reduced with the same aspect ratio. */
export function displaySize(height: number, width: number): { height: number; width: number } {
  const scale = Math.min(1, displaySide / Math.max(height, width));
  return { height: Math.max(1, Math.round(height * scale)), width: Math.max(1, Math.round(width * scale)) };
}

/**
 * The largest size of at most `most` pixels with a picture's aspect ratio; its own size if that is smaller.
 */
export function sizeWithin(most: number, { height, width }: WholeSize): WholeSize {
  const scale = Math.min(1, Math.sqrt(most / (height * width)));
  return { height: Math.max(1, Math.floor(height * scale)), width: Math.max(1, Math.floor(width * scale)) };
}

/** A source that calls each method of another source only once, and keeps the results. */
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

/**
 * A source for a picture in memory, as `explainWith` and `fullSize` take it.
 * @param pixels uint8 `[H, W, 3]` of any size
 * @param name in errors, usually the file's
 * @throws for another type or shape
 * @example
 * ```ts
 * import { pictureInMemory } from 'high-res-mapping';
 * import { readPicture } from 'high-res-mapping/node';
 *
 * const pixels = await readPicture('samples/photos/coffee.jpg');
 * const source = pictureInMemory(pixels, 'coffee.jpg');
 * const seen = await source.seen(224, 3);
 * console.log(pixels.shape, seen.shape); //=> [ 256, 384, 3 ] [ 224, 224, 3 ]
 * ```
 */
export function pictureInMemory(pixels: Picture, name?: string): PictureSource {
  const [height, width, depth] = pixels.shape;
  if (pixels.dtype !== 'uint8' || depth !== 3 || height < 1 || width < 1) {
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

/** A picture's central square as a source of its own, for models that see only the centre. */
export interface MiddleSource extends PictureSource {
  /** The square's box in pixels of the whole picture. */
  covers(): Promise<Box>;
}

/**
 * The central square of a source's displayed picture.
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

/**
 * Resizes pixels to a model's input size, without keeping the aspect ratio.
 * @param pixels uint8 `[H, W, 3]`
 * @returns uint8 `[size, size, channels]`
 */
export function squashed(pixels: Picture, size: number, channels: 1 | 3): Picture {
  const { data } = resizeFar(pixels, size, size);
  return tensor('uint8', [size, size, channels], toChannels(data, 3, channels));
}

/** `resize` by any factor; large reductions take several steps. */
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
