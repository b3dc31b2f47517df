/** Containers of pictures, read sequentially: lists of files, tars, Parquet files. */
import type { SaidTruth } from '../ground-truth/raw-truth.ts';

/** A picture from a stream. */
export interface StreamedPicture {
  /** The picture's name in its data set: its path, its key in a tar, or `FILE:ROW` for a Parquet file. */
  readonly key: string;
  /** The tar, Parquet file or list that contains it; undefined for a file of its own. */
  readonly from?: string;
  /** A path, or the file's bytes; empty if `error` is set because it cannot be read. */
  readonly picture: string | Uint8Array;
  /** Its class, if the stream gives one. */
  readonly label?: string;
  /** Its ground truth, if requested and available. */
  readonly truth?: SaidTruth;
  /** What is wrong with it, without its name. */
  readonly error?: string;
}

/** The path of a picture that is a file of its own; `streamedName` for all others. */
export function nameOf(one: StreamedPicture): string {
  return typeof one.picture === 'string' && one.picture !== '' ? one.picture : streamedName(one);
}

/** A picture's displayed name: `shards-000.tar: KEY`; only the key for a file of its own or a Parquet row. */
export function streamedName({ key, from }: Pick<StreamedPicture, 'key' | 'from'>): string {
  return from === undefined || key.startsWith(from) ? key : `${from}: ${key}`;
}

/** A picture, and the start of the next one in its container. */
export interface Placed {
  readonly picture: StreamedPicture;
  /** The argument `at` of `Container.read`. */
  readonly next: number;
}

/** A file, or list of files, from which pictures are read sequentially. */
export interface Container {
  readonly kind: 'files' | 'list' | 'tar' | 'parquet';
  /** Path of its file; empty for `files`. */
  readonly path: string;
  /** Its size in its own unit: number of files or rows, bytes of lists or tars. */
  readonly size: number;
  /** Distinguishes it from another container of the same path: its size, or a digest of its content. */
  readonly mark: string;
  /**
   * Its pictures, in order. A damaged picture has an `error`; no exception is thrown for it.
   * @param at where to start: 0, or a `next`
   * @param onNote called for deviations, and for content that is not read
   * @param withTruth whether masks and boxes are read too; default false
   * @throws `FileError` when the file itself, or a list's `boxes.json`, cannot be read
   */
  read(at: number, onNote: (note: string) => void, withTruth?: boolean): AsyncIterable<Placed>;
}
