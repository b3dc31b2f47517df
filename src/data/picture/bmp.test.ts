import { expect, test } from 'vitest';
import { decodeBmp } from './bmp.ts';
import { readPicture } from './decode.ts';

interface Parts {
  bits: number;
  width: number;
  height: number;
  rows: number[][];
  compression?: number;
  palette?: number[];
  masks?: number[];
}

/** A bitmap with the 40-byte header; `rows` as they lie in the file, padded here to 4 bytes. */
function bmp({ bits, width, height, rows, compression = 0, palette = [], masks = [] }: Parts): Uint8Array {
  const body = rows.flatMap((row) => [...row, ...new Array((4 - (row.length % 4)) % 4).fill(0)]);
  const start = 54 + 4 * masks.length + palette.length;
  const bytes = new Uint8Array(start + body.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(10, start, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, width, true);
  view.setInt32(22, height, true);
  view.setUint16(28, bits, true);
  view.setUint32(30, compression, true);
  masks.forEach((mask, i) => {
    view.setUint32(54 + 4 * i, mask, true);
  });
  bytes.set(palette, 54 + 4 * masks.length);
  bytes.set(body, start);
  return bytes;
}

const rgb = (bytes: Uint8Array): number[] => [...decodeBmp(bytes).rgba].filter((_, i) => i % 4 < 3);

test('24 bits: rows from the bottom, blue first, padded rows', async () => {
  const bytes = bmp({
    bits: 24,
    width: 1,
    height: 2,
    rows: [
      [1, 2, 3],
      [4, 5, 6],
    ],
  });
  expect(decodeBmp(bytes)).toMatchObject({ width: 1, height: 2 });
  expect(rgb(bytes)).toEqual([6, 5, 4, 3, 2, 1]);
  const picture = await readPicture(bytes);
  expect(picture.shape).toEqual([2, 1, 3]);
  expect([...picture.data]).toEqual([6, 5, 4, 3, 2, 1]);
});

test('negative height: rows from the top', () => {
  expect(
    rgb(
      bmp({
        bits: 24,
        width: 1,
        height: -2,
        rows: [
          [1, 2, 3],
          [4, 5, 6],
        ],
      }),
    ),
  ).toEqual([3, 2, 1, 6, 5, 4]);
});

test('1, 4 and 8 bits with a palette', () => {
  const palette = [0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0];
  const [red, green, blue] = [
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
  ];
  const size = { width: 3, height: 1, palette };
  expect(rgb(bmp({ bits: 1, ...size, rows: [[0b01000000]] }))).toEqual([...red, ...green, ...red]);
  expect(rgb(bmp({ bits: 4, ...size, rows: [[0x01, 0x20]] }))).toEqual([...red, ...green, ...blue]);
  expect(rgb(bmp({ bits: 8, ...size, rows: [[2, 0, 1]] }))).toEqual([...blue, ...red, ...green]);
  expect(() => decodeBmp(bmp({ bits: 8, ...size, rows: [[3, 0, 0]] }))).toThrow('colour 3 of a palette of 3');
});

test('16 and 32 bits, with and without bit fields', () => {
  expect(rgb(bmp({ bits: 16, width: 1, height: 1, rows: [[0x00, 0x7c]] }))).toEqual([255, 0, 0]);
  const fields = { compression: 3, masks: [0xf800, 0x7e0, 0x1f], width: 1, height: 1 };
  expect(rgb(bmp({ bits: 16, ...fields, rows: [[0xe0, 0x07]] }))).toEqual([0, 255, 0]);
  expect(rgb(bmp({ bits: 32, width: 1, height: 1, rows: [[1, 2, 3, 0]] }))).toEqual([3, 2, 1]);
  const swapped = { compression: 3, masks: [0xff, 0xff00, 0xff000000], width: 1, height: 1 };
  expect(rgb(bmp({ bits: 32, ...swapped, rows: [[1, 2, 0, 3]] }))).toEqual([1, 2, 3]);
});

test('rejects files that are cut short, compressed or unusual', async () => {
  const whole = bmp({ bits: 24, width: 5, height: 4, rows: [1, 2, 3, 4].map((v) => new Array(15).fill(v)) });
  for (const length of [10, 30, 54, whole.length - 8]) {
    expect(() => decodeBmp(whole.subarray(0, length)), `${length}`).toThrow(
      /^BMP: the (header|file) is cut short/,
    );
  }
  await expect(readPicture(whole.subarray(0, 30))).rejects.toThrow(
    'the picture: BMP: the header is cut short',
  );
  expect(() => decodeBmp(bmp({ bits: 8, width: 1, height: 1, rows: [[0]], compression: 1 }))).toThrow(
    'compression 1',
  );
  expect(() => decodeBmp(bmp({ bits: 7, width: 1, height: 1, rows: [[0]] }))).toThrow('7 bits per pixel');
  expect(() => decodeBmp(bmp({ bits: 8, width: 0, height: 1, rows: [[0]] }))).toThrow('the size is 0 x 1');
});
