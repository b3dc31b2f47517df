/** Recognises a picture by its first bytes, whether its format is supported or not. */

/** Number of bytes that are inspected. */
export const startLength = 132;

/** Texts in Latin-1 and their offsets, for each format. All parts of one entry must match. */
const kinds: readonly (readonly (readonly [at: number, text: string])[])[] = [
  [[0, '\xff\xd8\xff']], // JPEG
  [[0, '\x89PNG']],
  [[8, 'WEBP']],
  [[0, 'GIF8']],
  // TIFF, raw files of most cameras
  ...['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].map((text) => [[0, text]] as const),
  [
    [0, 'BM'],
    [6, '\0\0\0\0'],
  ],
  ...['P4\n', 'P5\n', 'P6\n'].map((text) => [[0, text]] as const), // PBM, PGM, PPM
  // HEIF, AVIF, raw files of Canon
  ...['hei', 'hev', 'mif1', 'msf1', 'avif', 'avis', 'crx '].map((brand) => [[4, `ftyp${brand}`]] as const),
  [[0, '8BPS']], // Photoshop
  [[4, 'jP  ']], // JPEG 2000
  [[4, 'JXL ']],
  [[0, '\xff\x4f\xff\x51']], // JPEG 2000 without its box
  [[0, 'v/1\x01']], // OpenEXR
  [[128, 'DICM']],
];

/**
 * Whether a file begins like a picture.
 * @param bytes the first `startLength` bytes, or the whole file if it is shorter
 */
export function isPictureStart(bytes: Uint8Array): boolean {
  const start = String.fromCharCode(...bytes.subarray(0, startLength));
  return kinds.some((parts) => parts.every(([at, text]) => start.startsWith(text, at)));
}
