/** Files of a few megabytes that declare many pixels, all of one grey level. */
import { crc32, deflateSync } from 'node:zlib';

/** A grey JPEG with two bits per block (progressive: one, and only its first scan). Level 128. */
export function hugeJpeg(width: number, height: number, progressive = false): Uint8Array {
  const segment = (marker: number, ...bytes: number[]): number[] => [
    ...[0xff, marker, (bytes.length + 2) >> 8, (bytes.length + 2) & 255],
    ...bytes,
  ];
  // One code, `0`: no difference to the previous block; then, from the other table, the end of the block.
  const huffman = (table: number): number[] => segment(0xc4, table, 1, ...new Array(15).fill(0), 0);
  const size = [height >> 8, height & 255, width >> 8, width & 255];
  const head = [
    ...[0xff, 0xd8],
    ...segment(0xdb, 0, ...new Array(64).fill(1)),
    ...segment(progressive ? 0xc2 : 0xc0, 8, ...size, 1, 1, 0x11, 0),
    ...huffman(0x00),
    ...huffman(0x10),
    ...segment(0xda, 1, 1, 0, 0, progressive ? 0 : 63, 0),
  ];
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
  const scan = new Uint8Array(Math.ceil((blocks * (progressive ? 1 : 2)) / 8));
  return Buffer.concat([Uint8Array.from(head), scan, Uint8Array.of(0xff, 0xd9)]);
}

/** A black PNG of one bit a pixel. */
export function hugePng(width: number, height: number, interlaced = false): Uint8Array {
  const chunk = (type: string, data: Uint8Array): Buffer => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    const check = Buffer.alloc(4);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, check]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([1, 0, 0, 0, interlaced ? 1 : 0], 8);
  // Adam7: first row and column, and the steps, of each pass.
  const passes = interlaced
    ? [
        [0, 0, 8, 8],
        [0, 4, 8, 8],
        [4, 0, 8, 4],
        [0, 2, 4, 4],
        [2, 0, 4, 2],
        [0, 1, 2, 2],
        [1, 0, 2, 1],
      ]
    : [[0, 0, 1, 1]];
  const bytes = passes
    .map(([y, x, dy, dx]) => [Math.ceil((height - y) / dy), Math.ceil((width - x) / dx)])
    .reduce((sum, [rows, columns]) => sum + rows * (1 + Math.ceil(columns / 8)), 0);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(new Uint8Array(bytes), { level: 1 })),
    chunk('IEND', new Uint8Array(0)),
  ]);
}
