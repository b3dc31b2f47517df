/** Whether a file is a picture, by its first bytes: of any common kind, whether it is read here or not. */

/** So many bytes are looked at. */
export const startLength = 132;

/** What stands where, in Latin-1; all parts of one kind are there. */
const kinds: readonly (readonly (readonly [at: number, text: string])[])[] = [
  [[0, '\xff\xd8\xff']], // JPEG
  [[0, '\x89PNG']],
  [[8, 'WEBP']],
  [[0, 'GIF8']],
  ...['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].map((text) => [[0, text]] as const), // TIFF, raw files of most cameras
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

/** @param bytes the first of a file, `startLength` of them where there are so many */
export function isPictureStart(bytes: Uint8Array): boolean {
  const start = String.fromCharCode(...bytes.subarray(0, startLength));
  return kinds.some((parts) => parts.every(([at, text]) => start.startsWith(text, at)));
}
