import { expect, test } from 'vitest';
import { tensor } from '../../tensor/tensor.ts';
import { readPicture } from './decode.ts';
import { encodeJpeg, encodePng } from './write-picture.ts';

const values = (n: number): number[] => Array.from({ length: n }, (_, i) => (i * 41) % 256);

test.each([1, 3] as const)('PNG keeps every value, %d channels', async (channels) => {
  const picture = tensor('uint8', [4, 6, channels], values(24 * channels));
  expect(await readPicture(await encodePng(picture), { channels })).toEqual(picture);
});

test('JPEG keeps the shape and, approximately, the values', async () => {
  const picture = tensor('uint8', [16, 8, 3], new Uint8Array(16 * 8 * 3).fill(130));
  const back = await readPicture(await encodeJpeg(picture));
  expect(back.shape).toEqual([16, 8, 3]);
  expect(back.data.every((value) => Math.abs(value - 130) <= 2)).toBe(true);
});

test('rejects another shape', () => {
  expect(() => encodePng(tensor('uint8', [4, 4]))).toThrow(
    'encodePng: a picture has shape [H, W, 1 or 3 or 4]',
  );
  expect(() => encodePng(tensor('uint8', [0, 4, 3]))).toThrow('this one [0,4,3]');
  // JPEG has no transparency.
  expect(() => encodeJpeg(tensor('uint8', [4, 4, 4]))).toThrow('[H, W, 1 or 3] with at least one pixel');
});
