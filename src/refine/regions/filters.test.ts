/** Expected values: SciPy 1.17, `ndimage.convolve`; scikit-image 0.26, `filters.sobel`. */
import { expect, test } from 'vitest';
import { tensor } from '../../tensor/tensor.ts';
import { extremes, scale } from '../maps/scale.ts';
import { meanFilter } from './mean-filter.ts';
import { sobel } from './sobel.ts';

const map = tensor('float32', [3, 3], [0, 1, 4, 2, 8, 1, 3, 3, 5]);

test('the mean filter mirrors the map at its borders, also for windows larger than the map', () => {
  expect(meanFilter(map).data).toEqual(
    new Float32Array([
      2.8399999141693115, 2.5999999046325684, 3.1600000858306885, 2.680000066757202, 2.799999952316284,
      3.119999885559082, 3.2799999713897705, 3, 3.5199999809265137,
    ]),
  );
  expect(meanFilter(tensor('float32', [1, 1], [0.3])).data).toEqual(new Float32Array([0.3]));
});

test('with given extremes, the mean is that of the scaled map', () => {
  expect(meanFilter(map, extremes(map.data))).toEqual(meanFilter(scale(map)));
  const flat = tensor('float32', [2, 5], Array(10).fill(-3));
  expect(meanFilter(flat, extremes(flat.data)).data).toEqual(new Float32Array(10));
});

test.each([1, 2, 5, 6, 7, 8, 9])('the mean filter of a map %i wide', (width) => {
  const wide = tensor(
    'float32',
    [3, width],
    Float32Array.from({ length: 3 * width }, (_, i) => i % 5),
  );
  const place = (i: number, n: number): number =>
    [...Array(n).keys(), ...[...Array(n).keys()].reverse()].at(i % (2 * n))!;
  const want = wide.data.map((_, i) => {
    let sum = 0;
    for (let v = -2; v <= 2; v++) {
      for (let u = -2; u <= 2; u++) {
        sum += wide.data[place(Math.floor(i / width) + v, 3) * width + place((i % width) + u, width)];
      }
    }
    return sum / 25;
  });
  for (const [i, mean] of meanFilter(wide).data.entries()) expect(mean).toBeCloseTo(want[i], 5);
});

test('the Sobel magnitude agrees with scikit-image bit for bit', () => {
  expect(sobel(map).data).toEqual(
    new Float32Array([
      2.7950849533081055, 3.0103986263275146, 0.5, 3.0103986263275146, 1.5811388492584229, 1.8200275897979736,
      1.1180340051651, 1.25, 1.25,
    ]),
  );
});

test('a flat map has no edges', () => {
  expect(sobel(meanFilter(tensor('float32', [6, 7], Array(42).fill(0.1)))).data).toEqual(
    new Float32Array(42),
  );
});
