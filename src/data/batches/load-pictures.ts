/** From files to the pixels of a batch: what the loader does for a few pictures at a time, in whatever thread. */
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

/** Some pictures to read, and what they shall be like. */
export interface LoadTask {
  /** `[H, W, C]` of each, C = 3 (RGB) or 1 (grey). */
  readonly shape: readonly [height: number, width: number, channels: 1 | 3];
  readonly items: readonly LoadItem[];
  /** Of each the square in its middle, of this share of the shorter side; H = W. Default: all of it. */
  readonly crop?: number;
  /** As `DecodeOptions` has it. */
  readonly valueRange?: ValueRange;
  /** Whether it is wanted what is unlikely about their values, which takes a look at all of them. Default: no. */
  readonly wantsNotes?: boolean;
  /** Whether the decoded pictures are wanted too, to be kept. */
  readonly keep: boolean;
}

export interface LoadItem {
  readonly path: string;
  /** The file's bytes, where it is none of its own, as in a tar; its path is then a name for errors. */
  readonly bytes?: Uint8Array;
  /** The decoded picture where it is known: uint8 `[H, W, C]`. */
  readonly pixels?: Uint8Array;
  /** Absent: as it is. */
  readonly augmentation?: Augmentation;
}

/** What became of a task. */
export interface Loaded {
  /** uint8 `[N, H, W, C]`: the readable ones, in order. */
  readonly pictures: Uint8Array;
  /** By the place of the item: why it cannot be read, without the path. */
  readonly unreadable: ReadonlyMap<number, string>;
  /** By the place of the item: what is unlikely about it, of those that were decoded. */
  readonly notes: ReadonlyMap<number, string>;
  /** uint8 `[M, H, W, C]`: what was decoded, before it was augmented, in order; empty unless asked for. */
  readonly decoded: Uint8Array;
}

/** Pictures under way at a time: while one is decoded or augmented here, those that sharp decodes are in the threads of libuv. */
const depth = 4;

/**
 * Reads the pictures of a task. A file that cannot be read is an entry of `unreadable`; nothing is thrown for it.
 * @throws when too many files are open, which is no fault of the picture; and, between two pictures, the signal's reason
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
    // The decoder's memory is released between turns of the event loop, which nothing else here may wait for.
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
