import sharp, { type JpegOptions } from 'sharp';
import { describe, expect, test } from 'vitest';
import { hugeJpeg } from '../../../tools/fuzz/huge-pictures.ts';
import { random } from '../../tensor/random.ts';
import { jpegScanState } from './jpeg-scan.ts';

const [width, height] = [75, 61];
const draw = random(1);
const noisy = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i % 200) + draw.integer(40));

function jpeg(options: JpegOptions = {}, channels: 1 | 3 = 3): Promise<Buffer> {
  const image = sharp(noisy.subarray(0, width * height * channels), { raw: { width, height, channels } });
  return (channels === 1 ? image.toColourspace('b-w') : image).jpeg(options).toBuffer();
}

const end = Buffer.of(0xff, 0xd9);

describe.each([
  ['4:2:0', () => jpeg()],
  ['4:4:4', () => jpeg({ chromaSubsampling: '4:4:4', quality: 95 })],
  ['grey', () => jpeg({}, 1)],
  ['own Huffman codes', () => jpeg({ optimiseCoding: true, quality: 50 })],
])('%s', (_, make) => {
  test('accepts a whole file', async () => {
    expect(jpegScanState(await make())).toBe('whole');
  });

  test('detects a file cut anywhere, with the end marker appended', async () => {
    const bytes = await make();
    const start = bytes.lastIndexOf(Buffer.of(0xff, 0xda)) + 14;
    for (let at = start; at < bytes.length - 3; at += 37) {
      const cut = Buffer.concat([bytes.subarray(0, bytes[at - 1] === 0xff ? at - 1 : at), end]);
      expect(jpegScanState(cut), `at ${at}`).toBe('cut short');
    }
  });

  test('detects zeros from the middle on', async () => {
    const bytes = await make();
    bytes.fill(0, Math.floor(bytes.length * 0.5), bytes.length - 2);
    expect(jpegScanState(bytes)).not.toBe('whole');
  });

  test('detects a missing part', async () => {
    const bytes = await make();
    const middle = Math.floor(bytes.length / 2);
    const state = jpegScanState(Buffer.concat([bytes.subarray(0, middle), bytes.subarray(middle + 400)]));
    expect(state).not.toBe('whole');
  });
});

test('accepts a few bytes too many', async () => {
  const bytes = await jpeg();
  const before = bytes.subarray(0, -2);
  expect(jpegScanState(Buffer.concat([before, Buffer.alloc(20), end]))).toBe('whole');
  expect(jpegScanState(Buffer.concat([before, Buffer.alloc(2000), end]))).toBe('damaged');
});

test('ignores bytes after the end', async () => {
  expect(jpegScanState(Buffer.concat([await jpeg(), Buffer.alloc(1000, 7)]))).toBe('whole');
});

test('accepts restart markers, and detects a lost one', () => {
  // 8 x 64 pixels of one level: eight blocks of two bits; a marker after each two.
  const bytes = Buffer.from(hugeJpeg(8, 64));
  const start = bytes.lastIndexOf(Buffer.of(0xff, 0xda));
  const interval = Buffer.of(0xff, 0xdd, 0, 4, 0, 2);
  const head = Buffer.concat([bytes.subarray(0, start), interval, bytes.subarray(start, start + 10)]);
  const parts = [0, 1, 2].flatMap((i) => [0x0f, 0xff, 0xd0 + i]);
  expect(jpegScanState(Buffer.concat([head, Buffer.of(...parts, 0x0f), end]))).toBe('whole');
  expect(jpegScanState(Buffer.concat([head, Buffer.of(...parts.slice(0, 4)), end]))).toBe('cut short');
});

test('says nothing about JPEGs of other kinds', async () => {
  expect(jpegScanState(await jpeg({ progressive: true }))).toBeUndefined();
  expect(jpegScanState((await jpeg()).subarray(0, 60))).toBeUndefined();
  expect(jpegScanState(Uint8Array.of(0xff, 0xd8, 0xff))).toBeUndefined();
});
