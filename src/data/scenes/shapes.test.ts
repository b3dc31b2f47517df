import { expect, test } from 'vitest';
import { fill, shadow } from './raster.ts';
import { extent, placed, shapeNames, shapeOutlines } from './shapes.ts';

const sum = (values: Float32Array): number => values.reduce((total, value) => total + value, 0);

test.each(shapeNames)('%s: has the area of a disc of its size, and its centroid in the middle', (name) => {
  const size = 200;
  const { data } = fill(placed(shapeOutlines(name), [100, 100], 100), size);
  expect(Math.abs(sum(data) / (Math.PI * 50 * 50) - 1)).toBeLessThan(0.005);
  let [cx, cy] = [0, 0];
  data.forEach((value, i) => {
    cx += value * ((i % size) + 0.5);
    cy += value * (Math.floor(i / size) + 0.5);
  });
  expect(cx / sum(data)).toBeCloseTo(100, 0);
  expect(cy / sum(data)).toBeCloseTo(100, 0);
  expect(Math.max(...data)).toBeLessThanOrEqual(1.0001);
});

test('a ring has a hole, a disc has none', () => {
  const at = (name: 'ring' | 'disc'): number =>
    fill(placed(shapeOutlines(name), [20, 20], 20), 40).data[20 * 40 + 20];
  expect(at('ring')).toBe(0);
  expect(at('disc')).toBe(1);
});

test('placing turns clockwise, scales and moves', () => {
  const [[[x, y]]] = placed([[[1, 0]]], [10, 20], 2, 3, Math.PI / 2);
  expect(x).toBeCloseTo(10);
  expect(y).toBeCloseTo(22);
  expect(
    extent([
      [
        [1, 5],
        [-2, 7],
      ],
      [[0, 3]],
    ]),
  ).toEqual([-2, 3, 1, 7]);
});

test('coverage is exact along the row and ends at the border', () => {
  const square = fill(
    [
      [
        [0.25, 1],
        [2.5, 1],
        [2.5, 2],
        [0.25, 2],
      ],
    ],
    4,
  );
  expect([...square.data.slice(4, 8)]).toEqual([0.75, 1, 0.5, 0]);
  expect(sum(square.data)).toBe(2.25);
  expect(square).toMatchObject({ x0: 0, y0: 1, x1: 3, y1: 2 });
  expect(
    sum(
      fill(
        [
          [
            [-9, -9],
            [9, -9],
            [9, 9],
            [-9, 9],
          ],
        ],
        4,
      ).data,
    ),
  ).toBe(16);
  expect(
    sum(
      fill(
        [
          [
            [5, 5],
            [9, 5],
            [9, 9],
          ],
        ],
        4,
      ).data,
    ),
  ).toBe(0);
});

test('a shadow is the shape, blurred and moved', () => {
  const { data } = shadow(
    fill(
      [
        [
          [8, 8],
          [12, 8],
          [12, 12],
          [8, 12],
        ],
      ],
      32,
    ),
    1,
    3,
    -2,
  );
  expect(sum(data)).toBeCloseTo(16, 4);
  expect(data[8 * 32 + 13]).toBeCloseTo(data[7 * 32 + 12], 5);
  expect(data[8 * 32 + 13]).toBeCloseTo((8 / 9) ** 2, 5);
  expect(data[8 * 32 + 8]).toBeCloseTo(0, 5);
});
