import { expect, test } from 'vitest';
import { type Picture, tensor } from '../../tensor/tensor.ts';
import { fingerprint, likeness, thumbnailSize } from './picture-hash.ts';

const grey = (value: (y: number, x: number) => number): Picture =>
  tensor(
    'uint8',
    [64, 72, 1],
    Uint8Array.from({ length: 64 * 72 }, (_, i) => value(Math.floor(i / 72), i % 72)),
  );

test('sets a bit if the value is less than its right neighbour', () => {
  expect([...fingerprint(grey((_, x) => x)).hash]).toEqual([0xffff, 0xffff, 0xffff, 0xffff]);
  expect([...fingerprint(grey((_, x) => 255 - x)).hash]).toEqual([0, 0, 0, 0]);
  expect([...fingerprint(grey(() => 9)).hash]).toEqual([0, 0, 0, 0]);
  // Rising in the top row of the grid alone, its first two columns.
  expect([...fingerprint(grey((y, x) => (y < 8 && x >= 8 ? 200 : 100))).hash]).toEqual([1, 0, 0, 0]);
  expect([...fingerprint(grey((y, x) => (y >= 56 && x >= 64 ? 200 : 100))).hash]).toEqual([0, 0, 0, 0x8000]);
});

test('the thumbnail has the means of 4 x 4 pixels', () => {
  const { thumbnail } = fingerprint(grey((y, x) => (y < 4 && x < 4 ? 10 * y : 7)));
  expect(thumbnail).toHaveLength(thumbnailSize);
  expect([...thumbnail.subarray(0, 3)]).toEqual([15, 7, 7]);
});

test('likeness ignores brightness and contrast, and is low for another picture', () => {
  const wave = Uint8Array.from({ length: thumbnailSize }, (_, i) => 100 + 50 * Math.sin(i / 7));
  expect(likeness(wave, wave)).toBeCloseTo(1, 10);
  expect(
    likeness(
      wave,
      wave.map((value) => value / 2 + 40),
    ),
  ).toBeGreaterThan(0.999);
  expect(
    likeness(
      wave,
      wave.map((value) => 255 - value),
    ),
  ).toBeCloseTo(-1, 10);
  const other = Uint8Array.from({ length: thumbnailSize }, (_, i) => 100 + 50 * Math.sin(i / 3));
  expect(Math.abs(likeness(wave, other))).toBeLessThan(0.2);
});

test('flat thumbnails are alike if they are equally bright', () => {
  const flat = (value: number): Uint8Array => new Uint8Array(thumbnailSize).fill(value);
  expect(likeness(flat(9), flat(10))).toBe(1);
  expect(likeness(flat(0), flat(255))).toBe(0);
  expect(likeness(flat(9), flat(9).with(0, 30))).toBe(0);
});
