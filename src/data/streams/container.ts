/** What pictures come in: a list of files, a tar, a Parquet file, each read from front to back. */
import type { SaidTruth } from '../ground-truth/raw-truth.ts';

/** A picture of a stream. */
export interface StreamedPicture {
  /** What it is called in its data set: its path, its key in a tar, `FILE:ROW` of a Parquet file. */
  readonly key: string;
  /** The tar, Parquet file or list that it stands in; undefined: it is a file of its own. */
  readonly from?: string;
  /** A path, or the file's bytes; empty where `error` says why it cannot be read. */
  readonly picture: string | Uint8Array;
  /** The class that is said of it. */
  readonly label?: string;
  /** Where its objects are, as far as that was asked for and is said. */
  readonly truth?: SaidTruth;
  /** What is wrong with it, without the name. */
  readonly error?: string;
}

/** Of a picture that is a file of its own its path; else `streamedName`. */
export function nameOf(one: StreamedPicture): string {
  return typeof one.picture === 'string' && one.picture !== '' ? one.picture : streamedName(one);
}

/** A picture's name for people: `shards-000.tar: KEY`; of a file of its own, or of a row of Parquet, the key alone. */
export function streamedName({ key, from }: Pick<StreamedPicture, 'key' | 'from'>): string {
  return from === undefined || key.startsWith(from) ? key : `${from}: ${key}`;
}

/** A picture, and where in its container the next one begins. */
export interface Placed {
  readonly picture: StreamedPicture;
  /** For `Container.read`. */
  readonly next: number;
}

export interface Container {
  readonly kind: 'files' | 'list' | 'tar' | 'parquet';
  /** Its file; of `files` empty. */
  readonly path: string;
  /** In its own unit: files and rows are counted, lists and tars measured in bytes. */
  readonly size: number;
  /** Tells it from another one of the same path: its size, or a digest of its content. */
  readonly mark: string;
  /**
   * Its pictures, in order. What is damaged is a picture with an `error`; nothing is thrown for it.
   * @param at where to begin: 0, or a `next`
   * @param onNote told of what is odd, or not read
   * @param withTruth whether masks and boxes are read, too
   * @throws `FileError` when the file itself cannot be read, or a list's `boxes.json`
   */
  read(at: number, onNote: (note: string) => void, withTruth?: boolean): AsyncIterable<Placed>;
}
