/**
 * Perceptual fingerprints: small grey pictures that identify copies of a picture whatever their size, format
 * and quality.
 */
import type { Picture } from '../../tensor/tensor.ts';

/** Thumbnail size of a fingerprint, `[H, W]`: twice that of the hash's grid. */
const rows = 16;
const columns = 18;
/** Bytes of a thumbnail. */
export const thumbnailSize: number = rows * columns;
/** Input size of `fingerprint`: 4 x 4 pixels per thumbnail value. */
export const fingerprintShape: { readonly height: number; readonly width: number } = {
  height: 4 * rows,
  width: 4 * columns,
};

/** A picture's hash, and the thumbnail from which it is computed. */
export interface PictureFingerprint {
  /**
   * dHash (Krawetz, "Kind of Like That", 2013): 8 rows of 9 grey values, one bit for each value below its
   * right neighbour. Four words of 16 bits.
   */
  readonly hash: Uint16Array;
  /** Grey values, `[16, 18]`. */
  readonly thumbnail: Uint8Array;
}

/**
 * Computes a picture's fingerprint.
 * @param grey uint8 `[64, 72, 1]`, the whole picture resized
 */
export function fingerprint({ data }: Picture): PictureFingerprint {
  const thumbnail = blockMeans(data, 4 * columns, 4);
  const grid = blockMeans(thumbnail, columns, 2);
  const hash = new Uint16Array(4);
  for (let y = 0; y < 8; y++) {
    for (let x = 0; x < 8; x++) {
      const less = grid[9 * y + x] < grid[9 * y + x + 1];
      if (less) hash[y >> 1] |= 1 << (8 * (y & 1) + x);
    }
  }
  return { hash, thumbnail: Uint8Array.from(thumbnail, Math.round) };
}

/**
 * Means of square blocks.
 * @param width of the picture, a multiple of `side`
 */
function blockMeans(values: ArrayLike<number>, width: number, side: number): Float32Array {
  const across = width / side;
  const means = new Float32Array(values.length / side / side);
  for (let i = 0; i < values.length; i++) {
    const y = Math.floor(i / width / side);
    const x = Math.floor((i % width) / side);
    means[across * y + x] += values[i] / side / side;
  }
  return means;
}

/**
 * Similarity of two thumbnails, independent of brightness and contrast: Pearson's correlation of the grey
 * values, -1 to 1. For two flat thumbnails it is 1 if they are equally bright, else 0.
 */
export function likeness(a: Uint8Array, b: Uint8Array): number {
  const n = a.length;
  let sumA = 0;
  let sumB = 0;
  for (let i = 0; i < n; i++) {
    sumA += a[i];
    sumB += b[i];
  }
  const meanA = sumA / n;
  const meanB = sumB / n;
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < n; i++) {
    const da = a[i] - meanA;
    const db = b[i] - meanB;
    ab += da * db;
    aa += da * da;
    bb += db * db;
  }
  if (aa === 0 || bb === 0) return aa === bb && Math.abs(meanA - meanB) < 2 ? 1 : 0;
  return ab / Math.sqrt(aa * bb);
}
