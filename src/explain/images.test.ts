import { expect, test } from 'vitest';
import { tensor } from '../tensor/tensor.ts';
import { imageAt, mapAt, stackMaps } from './images.ts';

test('an index outside the batch is an error', () => {
  const images = tensor('float32', [2, 1, 2, 1]);
  expect(imageAt(images, 1).shape).toEqual([1, 1, 2, 1]);
  for (const i of [-1, 2, 0.5]) expect(() => imageAt(images, i)).toThrow(`there is no image ${i} of 2`);
  expect(() => mapAt(tensor('float32', [2, 1, 2]), 2)).toThrow('there is no map 2 of 2');
});

test('maps of different sizes, or none, are no stack', () => {
  const maps = [tensor('float32', [1, 2]), tensor('float32', [1, 1])];
  expect(() => stackMaps(maps)).toThrow('stackMaps: maps must have one size, got [1,2] and [1,1]');
  expect(() => stackMaps([])).toThrow('stackMaps: at least one map is needed');
});
