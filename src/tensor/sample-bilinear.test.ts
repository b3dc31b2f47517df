import { expect, test } from 'vitest';
import { sampleBilinear } from './sample-bilinear.ts';
import { tensor } from './tensor.ts';

test('bilinear resizing has half-pixel centres and repeats the borders', () => {
  const map = tensor('float32', [1, 2], [0, 4]);
  expect([...sampleBilinear(map, 1, 4).data]).toEqual([0, 1, 3, 4]);
  expect(sampleBilinear(map, 1, 2)).toBe(map);
  expect([...sampleBilinear(tensor('float32', [1, 1], [7]), 2, 2).data]).toEqual([7, 7, 7, 7]);
});
