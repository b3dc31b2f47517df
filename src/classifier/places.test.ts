import { expect, test } from 'vitest';
import { Graph } from '../graph/graph.ts';
import { encodeOnnx } from '../graph/onnx/proto.ts';
import { createSession } from '../runtime/node.ts';
import { tensor } from '../tensor/tensor.ts';
import { asFeatureMaps, type Grid, type Places, placesOf } from './places.ts';

const image: Grid = [224, 224];
const grids: Grid[] = [[14, 14]];

test.each<[number[], 'NCHW' | 'NHWC', string | undefined]>([
  [[1, 512, 7, 7], 'NCHW', 'NCHW 512 7x7 0'],
  [[1, 512, 7, 7], 'NHWC', 'NCHW 512 7x7 0'],
  [[1, 7, 7, 512], 'NCHW', 'NHWC 512 7x7 0'],
  // Height, width and channels are equal: the layout of the input decides.
  [[1, 7, 7, 7], 'NCHW', 'NCHW 7 7x7 0'],
  [[1, 7, 7, 7], 'NHWC', 'NHWC 7 7x7 0'],
  // Nearly equal: the layout with equal steps along both axes.
  [[1, 96, 112, 112], 'NHWC', 'NCHW 96 112x112 0'],
  [[1, 112, 112, 96], 'NCHW', 'NHWC 96 112x112 0'],
  [[1, 3, 224, 224], 'NCHW', 'NCHW 3 224x224 0'],
  [[1, 8, 7, 8], 'NCHW', 'NCHW 8 7x8 0'],
  // Not feature maps: one position, finer than a pixel, a strip, more than one picture.
  [[1, 512, 1, 1], 'NCHW', undefined],
  [[1, 5, 448, 448], 'NCHW', undefined],
  [[1, 12, 7, 64], 'NCHW', undefined],
  [[2, 512, 7, 7], 'NCHW', undefined],
  [[512, 7], 'NCHW', undefined],
  [[], 'NCHW', undefined],
  // Tokens.
  [[1, 196, 768], 'NCHW', 'NTC 768 14x14 0'],
  [[1, 197, 768], 'NCHW', 'NTC 768 14x14 1'],
  [[1, 198, 192], 'NCHW', 'NTC 192 14x14 2'],
  [[1, 201, 384], 'NCHW', 'NTC 384 14x14 5'],
  [[1, 768, 196], 'NCHW', 'NCT 768 14x14 0'],
  // The axis with fewer tokens without a position.
  [[1, 196, 200], 'NCHW', 'NTC 200 14x14 0'],
  [[1, 200, 196], 'NCHW', 'NCT 200 14x14 0'],
  [[1, 213, 768], 'NCHW', undefined],
  [[1, 195, 768], 'NCHW', undefined],
])('finds the grid of %j if %s is preferred', (shape, prefer, wanted) => {
  const found = placesOf(shape, image, grids, prefer);
  const text = found && `${found.form} ${found.channels} ${found.height}x${found.width} ${found.special}`;
  expect(text).toBe(wanted);
});

test('for pictures that are not square, the strides decide, not the numbers of places', () => {
  expect(placesOf([1, 6, 2, 4], [64, 128], [], 'NCHW')).toMatchObject({ height: 2, width: 4, channels: 6 });
  expect(placesOf([1, 6, 4, 4], [64, 128], [], 'NCHW')).toBeUndefined();
});

test('chooses the token grid that leaves the fewest tokens over', () => {
  const found = placesOf(
    [1, 17, 8],
    image,
    [
      [3, 4],
      [4, 4],
      [2, 2],
    ],
    'NCHW',
  );
  expect(found).toEqual({ form: 'NTC', channels: 8, height: 4, width: 4, special: 1 });
});

/** Channel k at position (y, x) of feature maps 2 x 2 x 3: 100 k + 10 y + x. */
const values = [0, 1, 2, 10, 11, 12, 100, 101, 102, 110, 111, 112];

test.each<[Places['form'], number, number[], number[]]>([
  ['NCHW', 0, [1, 2, 2, 3], values],
  ['NHWC', 0, [1, 2, 3, 2], values.slice(0, 6).flatMap((v) => [v, v + 100])],
  ['NTC', 0, [1, 6, 2], values.slice(0, 6).flatMap((v) => [v, v + 100])],
  ['NTC', 2, [1, 8, 2], [-1, -1, -1, -1, ...values.slice(0, 6).flatMap((v) => [v, v + 100])]],
  ['NCT', 0, [1, 2, 6], values],
  ['NCT', 1, [1, 2, 7], [-1, ...values.slice(0, 6), -1, ...values.slice(6)]],
])('turns %s with %i tokens without a place into feature maps', async (form, special, shape, data) => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', shape);
  const y = asFeatureMaps(x, { form, channels: 2, height: 2, width: 3, special });
  graph.output(y);
  const session = await createSession(encodeOnnx(graph), { purpose: 'once' });
  const found = (await session.run({ x: tensor('float32', shape, data) }))[y.name];
  await session.release();
  expect(found.shape).toEqual([1, 2, 2, 3]);
  expect(Array.from(found.data, Number)).toEqual(values);
});
