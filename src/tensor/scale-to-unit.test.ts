import { expect, test } from 'vitest';
import { scale } from '../refine/maps/scale.ts';
import { random } from './random.ts';
import { scaleToUnit } from './scale-to-unit.ts';
import { tensor } from './tensor.ts';

test('the smallest value becomes 0 and the largest 1; a map of one value becomes zeros', () => {
  expect(scaleToUnit(tensor('float32', [2, 2], [-3, -1, 0, 1])).data).toEqual(
    new Float32Array([0, 0.5, 0.75, 1]),
  );
  expect(scaleToUnit(tensor('float32', [1, 3], [-2, -2, -2])).data).toEqual(new Float32Array(3));
});

test("equals the refinement's scaling, bit for bit", () => {
  const draws = random(5);
  const map = tensor(
    'float32',
    [7, 9],
    Array.from({ length: 63 }, () => draws.uniform(-3, 11)),
  );
  expect(scaleToUnit(map)).toEqual(scale(map));
});
