import { expect, test } from 'vitest';
import { halfToFloat } from './half-float.ts';

const read = (bits: number): number => halfToFloat(Uint16Array.of(bits))[0];

test.each([
  [0x0000, 0],
  [0x8000, -0],
  [0x0001, 2 ** -24],
  [0x8001, -(2 ** -24)],
  [0x03ff, 1023 * 2 ** -24],
  [0x0400, 2 ** -14],
  [0x3555, 1365 / 4096],
  [0x3c00, 1],
  [0x3c01, 1 + 2 ** -10],
  [0xc000, -2],
  [0x7bff, 65504],
  [0x7c00, Number.POSITIVE_INFINITY],
  [0xfc00, Number.NEGATIVE_INFINITY],
  [0x7c01, Number.NaN],
  [0xfe00, Number.NaN],
])('0x%s', (bits, value) => {
  expect(read(bits)).toBe(value);
});

test('all 65536: in steps that double from one exponent to the next, the sign set apart', () => {
  const all = halfToFloat(Uint16Array.from({ length: 0x10000 }, (_, i) => i));
  let step = 2 ** -24;
  let value = 0;
  for (let i = 0; i <= 0x7c00; i++) {
    // What would come after the largest, 65536, stands for infinity.
    const wanted = i === 0x7c00 ? Number.POSITIVE_INFINITY : value;
    if (all[i] !== wanted || all[i + 0x8000] !== -wanted) expect([i, all[i]]).toEqual([i, wanted]);
    // The first two exponents, subnormal numbers and those after, have one step.
    if (i >= 0x800 && i % 0x400 === 0) step *= 2;
    value += step;
  }
  for (let i = 0x7c01; i < 0x8000; i++) {
    if (!Number.isNaN(all[i]) || !Number.isNaN(all[i + 0x8000])) expect(i).toBe('not a number');
  }
});

test('an array of any length, the empty one too', () => {
  expect(halfToFloat(new Uint16Array(0))).toEqual(new Float32Array(0));
  expect(halfToFloat(Uint16Array.of(0x3c00, 0xc000))).toEqual(Float32Array.of(1, -2));
});
