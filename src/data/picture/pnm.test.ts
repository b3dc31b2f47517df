import { describe, expect, test } from 'vitest';
import { readPicture } from './decode.ts';
import { readPictureSize } from './picture-header.ts';

const text = (words: string): Uint8Array => Buffer.from(words, 'latin1');
const binary = (head: string, ...pixels: number[]): Uint8Array =>
  Buffer.concat([text(head), Uint8Array.from(pixels)]);

describe('two pixels a row', () => {
  test.each([
    ['P1', text('P1\n# a comment\n2 2\n10\n0 1\n'), [0, 255, 255, 0]],
    ['P2', text('P2 2 2 15\n0 15 # white\n5 10'), [0, 255, 85, 170]],
    ['P4', binary('P4\n2 2\n', 0b10_000000, 0b01_000000), [0, 255, 255, 0]],
    ['P5', binary('P5\n2 2\n255\n', 10, 32, 200, 255), [10, 32, 200, 255]],
    ['P5, 16 bits', binary('P5 2 2 65535\n', 0, 0, 255, 255, 128, 128, 1, 1), [0, 255, 128, 1]],
    ['P5, 12 bits', binary('P5 2 2 4095\n', 0, 0, 15, 255, 8, 8, 1, 1), [0, 255, 128, 16]],
  ])('%s', async (_, bytes, levels) => {
    expect(await readPictureSize(bytes)).toEqual({ width: 2, height: 2 });
    expect([...(await readPicture(bytes, { channels: 1 })).data]).toEqual(levels);
  });
});

test.each([
  ['P3', text('P3 1 2 255 255 0 9  1 2 3')],
  ['P6', binary('P6\n1 2\n255\n', 255, 0, 9, 1, 2, 3)],
])('reads colours: %s', async (_, bytes) => {
  const { shape, data } = await readPicture(bytes);
  expect([shape, [...data]]).toEqual([
    [2, 1, 3],
    [255, 0, 9, 1, 2, 3],
  ]);
});

test('applies a value range only to more than 8 bits', async () => {
  const read = async (bytes: Uint8Array): Promise<number[]> => [
    ...(await readPicture(bytes, { channels: 1, valueRange: [0, 1020] })).data,
  ];
  expect(await read(binary('P5 1 1 65535\n', 0, 20))).toEqual([5]);
  expect(await read(binary('P5 1 1 255\n', 20))).toEqual([20]);
});

test.each([
  ['cut', binary('P5 2 2 255\n', 1, 2, 3), 'PNM: cut short: 3 of 4 bytes of pixels'],
  ['cut text', text('P2 2 2 255 1 2 3'), 'PNM: cut short or damaged: 3 of 4 values can be read'],
  ['no numbers', text('P5 two 2 255 '), 'PNM: the header is cut short or damaged'],
  ['no pixel', text('P5 0 2 255 '), 'PNM: the size is 0 x 2'],
  ['too white', text('P5 1 1 70000 '), 'PNM: the largest value is 70000, not one from 1 to 65535'],
  ['above white', text('P2 1 1 15 16'), 'PNM: a value is 16, above the largest, 15'],
  ['above white in binary', binary('P5 1 1 15\n', 16), 'PNM: a value is 16, above the largest, 15'],
  ['huge', text('P5 60000 60000 255 '), '60000 x 60000 pixels; a PNM may have at most'],
])('rejects %s', async (_, bytes, message) => {
  await expect(readPicture(bytes)).rejects.toThrow(`the picture: ${message}`);
});
