import { expect, test } from 'vitest';
import { gradients } from './autodiff.ts';
import { scaleDim } from './dim.ts';
import { Graph } from './graph.ts';
import { builders as o } from './ops/index.ts';

test('symbolic dimensions are halved and doubled', () => {
  expect(scaleDim('H', 1, 2)).toBe('H/2');
  expect(scaleDim('H/32', 2, 1)).toBe('H/16');
  expect(scaleDim('H/2', 4, 1)).toBe('2*H');
  expect(scaleDim('H/2', 2, 1)).toBe('H');
  expect(() => scaleDim(7, 1, 2)).toThrow('7 * 1 is not divisible by 2');
});

test('an error is thrown where the mistake is made, with the rule and the values', () => {
  const graph = new Graph();
  const image = graph.input('image', 'float32', ['N', 1, 'H', 'W']);
  const kernel = graph.input('kernel', 'float32', [8, 3, 3, 3]);
  expect(() => o.conv(image, kernel)).toThrow('Conv: kernel has 3 input channels, image has 1');
  expect(() => o.concat([kernel, image], 1)).toThrow('Concat: [8,3,3,3] and [N,1,H,W] differ beyond axis 1');
  expect(() => o.add(kernel, graph.integers([1]))).toThrow('Add: element types float32 and int64 differ');
  const matrix = o.reshape(kernel, [24, 9]);
  expect(() => o.matMul(matrix, matrix)).toThrow('MatMul: [24,9] and [24,9] do not multiply');
  expect(() => o.reshape(kernel, [5, -1])).toThrow('Reshape: [8,3,3,3] does not become [5,-1]');
  expect(() => graph.input('image', 'float32', [1])).toThrow("has a value named 'image' already");
  expect(() => gradients(kernel, [kernel])).toThrow('the loss must be a float32 scalar');
});

test('a value that the loss does not depend on has a gradient of zeros', () => {
  const graph = new Graph();
  const a = graph.input('a', 'float32', [2]);
  const b = graph.input('b', 'float32', [3]);
  const [, db] = gradients(o.reduceSum(a, [0]), [a, b]);
  expect(db.content?.data).toEqual(new Float32Array(3));
});
