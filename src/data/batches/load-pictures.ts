/** Reads files into the pixels of a batch, a few pictures at a time, in any thread. */
import { setImmediate } from 'node:timers/promises';
import { reasonOf } from '../../errors/file-error.ts';
import { type Picture, tensor } from '../../tensor/tensor.ts';
import { isShortOfFiles, readBytesSync } from '../files/read-file.ts';
import { decodePicture } from '../picture/decode.ts';
import { pictureFile } from '../picture/picture-file.ts';
import { middleOf } from '../picture/picture-source.ts';
import type { ValueRange } from '../picture/value-range.ts';
import { mapAhead } from '../threads/map-ahead.ts';
import { type Augmentation, applyAugmentation } from './augment.ts';

/** Pictures to read, and their output format. */
export interface LoadTask {
  /** Shape `[H, W, C]` of each picture, C = 3 (RGB) or 1 (grey). */
  readonly shape: readonly [height: number, width: number, channels: 1 | 3];
  readonly items: readonly LoadItem[];
  /**
   * Uses only the central square of each picture, with this share of the shorter side; H = W. Default: the
   * whole picture.
   */
  readonly crop?: number;
  /** As in `DecodeOptions`. */
  readonly valueRange?: ValueRange;
  /** Whether to report implausible values, which requires a pass over all pixels. Default false. */
  readonly wantsNotes?: boolean;
  /** Whether to return the decoded pictures too, for a cache. */
  readonly keep: boolean;
}

/** One picture to read. */
export interface LoadItem {
  readonly path: string;
  /**
   * The picture's bytes when it is not a file of its own, such as a member of a tar; `path` then only names
   * it in errors.
   */
  readonly bytes?: Uint8Array;
  /** The decoded picture, if already known: uint8 `[H, W, C]`. */
  readonly pixels?: Uint8Array;
  /** Default: no augmentation. */
  readonly augmentation?: Augmentation;
}

/** The result of a task. */
export interface Loaded {
  /** The readable pictures in order, uint8 `[N, H, W, C]`. */
  readonly pictures: Uint8Array;
  /** Why an item cannot be read, by item index; without the path. */
  readonly unreadable: ReadonlyMap<number, string>;
  /** Implausible values of decoded items, by item index. */
  readonly notes: ReadonlyMap<number, string>;
  /** The decoded pictures before augmentation, in order, uint8 `[M, H, W, C]`; empty unless requested. */
  readonly decoded: Uint8Array;
}

/**
 * Pictures in progress at a time. While this thread decodes or augments one, libuv's threads run sharp's
 * decoders.
 */
const depth = 4;

/**
 * Reads the pictures of a task. An unreadable file becomes an entry of `unreadable`, not an exception.
 * @throws when too many files are open, which is not the picture's fault; between two pictures, the signal's
 * reason
 */
export async function loadPictures(
  { shape, items, crop, valueRange, wantsNotes, keep }: LoadTask,
  signal?: AbortSignal,
): Promise<Loaded> {
  const [height, width, channels] = shape;
  const size = height * width * channels;
  const pictures = new Uint8Array(items.length * size);
  const decoded = new Uint8Array(keep ? items.length * size : 0);
  const unreadable = new Map<number, string>();
  const notes = new Map<number, string>();
  const read = async ([place, { path, bytes: given, pixels }]: [number, LoadItem]): Promise<
    Picture | string
  > => {
    if (pixels !== undefined) return tensor('uint8', shape, pixels);
    // The decoder's memory is released between turns of the event loop, and nothing else here yields to it.
    await setImmediate();
    signal?.throwIfAborted();
    try {
      const bytes = given ?? readBytesSync(path);
      const onNote = wantsNotes ? (note: string) => notes.set(place, note) : undefined;
      const values = { valueRange, onNote };
      if (crop !== undefined) return await middleOf(pictureFile(bytes, values), crop).seen(height, channels);
      return await decodePicture(bytes, path, { ...values, height, width, channels });
    } catch (error) {
      if (isShortOfFiles(error)) throw error;
      return reasonOf(error);
    }
  };
  let i = 0;
  let at = 0;
  let kept = 0;
  for await (const picture of mapAhead(items.entries(), read, depth)) {
    const { pixels, augmentation } = items[i];
    if (typeof picture === 'string') {
      unreadable.set(i, picture);
    } else {
      if (keep && pixels === undefined) {
        decoded.set(picture.data, kept);
        kept += size;
      }
      pictures.set((augmentation ? applyAugmentation(picture, augmentation) : picture).data, at);
      at += size;
    }
    i++;
  }
  return { pictures: pictures.subarray(0, at), unreadable, notes, decoded: decoded.subarray(0, kept) };
}
