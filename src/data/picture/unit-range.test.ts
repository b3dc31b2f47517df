import { expect, test } from 'vitest';
import { tensor } from '../../tensor/tensor.ts';
import { toImages } from './unit-range.ts';

test('every byte becomes the float32 next to x / 255', () => {
  const bytes = Uint8Array.from({ length: 768 }, (_, x) => x % 256);
  const { shape, data } = toImages(tensor('uint8', [2, 8, 16, 3], bytes));
  expect(shape).toEqual([2, 8, 16, 3]);
  expect([...data]).toEqual(Array.from(bytes, (x) => Math.fround(x / 255)));
});
