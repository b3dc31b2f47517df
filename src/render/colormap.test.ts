import { expect, test } from 'vitest';
import { tensor } from '../tensor/tensor.ts';
import {
  type ColormapName,
  colorIndices,
  colorize,
  colormapNames,
  colorTable,
  resolveRange,
} from './colormap.ts';

const map = (...values: number[]) => tensor('float32', [1, values.length], values);
const pixel = (picture: { data: ArrayLike<number> }, i: number) =>
  Array.from(picture.data).slice(3 * i, 3 * i + 3);

test('viridis runs from #440154 to #fde725, magma from black', () => {
  const picture = colorize(map(-1, 3), { colormap: 'viridis' });
  expect(picture.shape).toEqual([1, 2, 3]);
  expect(pixel(picture, 0)).toEqual([0x44, 0x01, 0x54]);
  expect(pixel(picture, 1)).toEqual([0xfd, 0xe7, 0x25]);
  expect(pixel(colorize(map(0, 1), { colormap: 'magma' }), 0)).toEqual([0, 0, 4]);
});

test('greys runs from white to black, bluered through a near-white zero', () => {
  const greys = colorize(map(0, 1), { colormap: 'greys' });
  expect([pixel(greys, 0), pixel(greys, 1)]).toEqual([
    [255, 255, 255],
    [0, 0, 0],
  ]);
  const [negative, zero, positive] = [0, 1, 2].map((i) =>
    pixel(colorize(map(-2, 0, 1), { colormap: 'bluered', range: 'symmetric' }), i),
  );
  expect(negative[2]).toBeGreaterThan(negative[0]);
  expect(Math.min(...zero)).toBeGreaterThan(235);
  expect(positive[0]).toBeGreaterThan(positive[2]);
});

test('every colour map is a table of 256 colours without jumps', () => {
  expect(colormapNames).toContain('turbo');
  for (const name of colormapNames) {
    const table = colorTable(name);
    expect(table).toHaveLength(768);
    expect(Math.max(...table.subarray(3).map((value, i) => Math.abs(value - table[i])))).toBeLessThan(16);
  }
});

test('values outside a given range have the end colours', () => {
  expect([...colorIndices(map(-9, 0, 0.5, 1, 9), [0, 1])]).toEqual([0, 0, 128, 255, 255]);
  expect(resolveRange(map(-3, 1), 'symmetric')).toEqual([-3, 3]);
  expect(resolveRange(map(-3, 1))).toEqual([-3, 1]);
});

test('a flat map has one colour: the first, or the middle of a symmetric range of zeros', () => {
  expect([...colorIndices(map(4, 4))]).toEqual([0, 0]);
  expect([...colorIndices(map(0, 0), 'symmetric')]).toEqual([128, 128]);
  expect([...colorIndices(map(4, 4), 'symmetric')]).toEqual([255, 255]);
});

test('errors have the rule and the value', () => {
  expect(() => colorize(map(1), { colormap: 'jet' as ColormapName })).toThrow(
    "no colour map 'jet' (use one of viridis, inferno, magma, plasma, cividis, turbo, greys, bluered)",
  );
  expect(() => colorTable('toString' as ColormapName)).toThrow("no colour map 'toString'");
  expect(() => colorize(tensor('float32', [2, 2], [0, 1, Number.NaN, 3]))).toThrow(
    "the map's values must be finite, it has NaN in row 1, column 0",
  );
  expect(() => colorize(map(1, 2), { range: [1, 1] })).toThrow('low < high, got [1, 1]');
  expect(() => colorize(tensor('float32', [4]))).toThrow('colorize: a map must have shape [H, W]');
});
