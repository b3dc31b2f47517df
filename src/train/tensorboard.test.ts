import { expect, test } from 'vitest';
import golden from '../../test/golden/tensorboard.json' with { type: 'json' };
import { encodeFileHeader, encodeImages, encodeScalars, eventFileName } from './tensorboard.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('records equal those of TensorBoard byte for byte', () => {
  expect(hex(encodeFileHeader(1.5))).toBe(golden.header);
  expect(hex(encodeScalars(2.25, 300, { 'loss/train': 0.125, absent: undefined, accuracy: 0.75 }))).toBe(
    golden.scalars,
  );
  const pngs = Object.entries(golden.pngs).map(([tag, png]) => [tag, Buffer.from(png, 'hex')]);
  expect(hex(encodeImages(3.5, 301, Object.fromEntries(pngs)))).toBe(golden.images);
});

test('accepts only PNG files with 8 bits per channel', () => {
  const png = Buffer.from(golden.pngs['maps/L'], 'hex');
  const changed = (at: number, value: number): Uint8Array => png.map((byte, i) => (i === at ? value : byte));
  const encode = (picture: Uint8Array) => () => encodeImages(1, 1, { a: picture });
  expect(encode(changed(0, 0))).toThrow("TensorBoard image 'a': a PNG file is needed");
  expect(encode(png.subarray(0, 20))).toThrow("TensorBoard image 'a': a PNG file is needed");
  expect(encode(changed(24, 16))).toThrow('8 bits grey or RGB is needed, got 16 bits, colour type 0');
  expect(encode(changed(25, 3))).toThrow('8 bits grey or RGB is needed, got 8 bits, colour type 3');
});

test("the file name follows TensorBoard's pattern", () => {
  expect(eventFileName(1234.9)).toBe('events.out.tfevents.1234.hrm');
});
