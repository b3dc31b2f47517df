/** Turns stored pixels upright, by the orientation of EXIF and TIFF. */

interface Stored {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** `[H, W, C]` */
  readonly data: Uint8Array;
}

/**
 * @param orientation 1 (upright) to 8: the side of the upright picture that the first stored row and column
 * are
 */
export function upright<T extends Stored>(stored: T, orientation: number): T {
  if (orientation <= 1 || orientation > 8) return stored;
  const { width, height, channels, data } = stored;
  const lies = orientation >= 5;
  const fromBelow = [3, 4, 6, 7].includes(orientation);
  const fromRight = [2, 3, 7, 8].includes(orientation);
  const [rows, columns] = lies ? [width, height] : [height, width];
  const out = new Uint8Array(data.length);
  for (let y = 0, at = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++, at += channels) {
      const row = lies ? x : y;
      const column = lies ? y : x;
      const from = (fromBelow ? height - 1 - row : row) * width + (fromRight ? width - 1 - column : column);
      for (let c = 0; c < channels; c++) out[at + c] = data[from * channels + c];
    }
  }
  return { ...stored, width: columns, height: rows, data: out };
}
