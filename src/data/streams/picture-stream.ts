/** Reads the pictures of several containers in sequence, or a share of them. */
import { createHash } from 'node:crypto';
import type { Container, StreamedPicture } from './container.ts';

/** A position in a stream; the start has 0 in all fields. */
export interface StreamPosition {
  /** Index of the container, among those of the share. */
  readonly container: number;
  /** Position in the container, in its own unit. */
  readonly at: number;
  /** Number of pictures before it, over all shares if these are by picture. */
  readonly index: number;
}

/** The start of a stream. */
export const streamStart: StreamPosition = { container: 0, at: 0, index: 0 };

/** One of `count` shares, with index from 0. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** Options of `PictureStream.read`. */
export interface ReadOptions {
  readonly from?: StreamPosition;
  readonly onNote?: (note: string) => void;
  /** Whether masks and boxes are read too. Default false. */
  readonly withTruth?: boolean;
}

/** A picture, and the position after it. */
export interface Streamed {
  readonly picture: StreamedPicture;
  /** The position after the picture. */
  readonly next: StreamPosition;
}

/** One share of a stream of pictures. */
export interface PictureStream {
  /** The unit of the shares: whole containers, or every n-th picture. */
  readonly by: 'container' | 'picture';
  /** The share's containers. */
  readonly containers: readonly Container[];
  /** Hexadecimal digest of the containers' paths, sizes and order. */
  readonly fingerprint: string;
  read(options?: ReadOptions): AsyncGenerator<Streamed, void, undefined>;
  /**
   * Share of the stream before a position, in [0, 1]; exact if all containers have the same number of
   * pictures.
   */
  done(position: StreamPosition): number;
}

/**
 * A share of the containers' pictures. If there are at least as many tars or Parquet files as shares, a share
 * is every n-th container. Otherwise a share is every n-th picture, and each share reads all containers.
 */
export function pictureStream(all: readonly Container[], { index, count }: Shard): PictureStream {
  const whole = all.length >= count && all.every(({ kind }) => kind === 'tar' || kind === 'parquet');
  const by = whole ? 'container' : 'picture';
  const containers = whole ? all.filter((_, i) => i % count === index) : all;
  const every = whole ? 1 : count;
  return {
    by,
    containers,
    fingerprint: fingerprintOf(all),
    async *read({ from = streamStart, onNote = () => {}, withTruth = false } = {}) {
      let number = from.index;
      for (let c = from.container; c < containers.length; c++) {
        const at = c === from.container ? from.at : 0;
        for await (const { picture, next } of containers[c].read(at, onNote, withTruth)) {
          const own = every === 1 || number % every === index;
          number++;
          if (own) yield { picture, next: { container: c, at: next, index: number } };
        }
      }
    },
    done: ({ container, at }) => {
      if (containers.length === 0 || container >= containers.length) return 1;
      const { size } = containers[container];
      return (container + (size === 0 ? 1 : Math.min(1, at / size))) / containers.length;
    },
  };
}

function fingerprintOf(containers: readonly Container[]): string {
  const digest = createHash('sha256');
  for (const { kind, path, mark } of containers) digest.update(`${kind}\t${path}\t${mark}\n`);
  return digest.digest('hex').slice(0, 16);
}
