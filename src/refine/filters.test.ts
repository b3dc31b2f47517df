/** Expected values: SciPy 1.17, `ndimage.convolve`; scikit-image 0.26, `filters.sobel`. */
import { expect, test } from 'vitest';
import { tensor } from '../tensor/tensor.ts';
import { meanFilter } from './mean-filter.ts';
import { sobel } from './sobel.ts';

const map = tensor('float32', [3, 3], [0, 1, 4, 2, 8, 1, 3, 3, 5]);

test('the mean filter mirrors the map at its borders, even where the window is larger than the map', () => {
  expect(meanFilter(map).data).toEqual(
    new Float32Array([
      2.8399999141693115, 2.5999999046325684, 3.1600000858306885, 2.680000066757202, 2.799999952316284,
      3.119999885559082, 3.2799999713897705, 3, 3.5199999809265137,
    ]),
  );
  expect(meanFilter(tensor('float32', [1, 1], [0.3])).data).toEqual(new Float32Array([0.3]));
});

test('the Sobel magnitude is that of scikit-image to the last bit', () => {
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
