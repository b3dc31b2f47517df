import { expect, test } from 'vitest';
import { floatToHalf, halfToFloat } from './half-float.ts';

test('every 16-bit number is unchanged after conversion', () => {
  const bits = Uint16Array.from({ length: 65536 }, (_, i) => i).filter((b) => ((b >> 10) & 0x1f) !== 0x1f);
  expect(floatToHalf(halfToFloat(bits))).toEqual(bits);
});

test('rounds to the nearest number, ties to even; undefined if out of range', () => {
  const half = (value: number): number => halfToFloat(floatToHalf(Float32Array.of(value)) as Uint16Array)[0];
  expect(half(1 + 2 ** -11)).toBe(1); // in the middle: even
  expect(half(1 + 3 * 2 ** -11)).toBe(1 + 2 ** -9);
  expect(half(1 + 2 ** -11 + 2 ** -20)).toBe(1 + 2 ** -10);
  expect(half(2 - 2 ** -12)).toBe(2); // carries into the exponent
  expect(half(2 ** -25)).toBe(0);
  expect(half(-3 * 2 ** -26)).toBe(-(2 ** -24));
  expect(half(65519)).toBe(65504);
  for (const value of [65520, -1e6, Number.POSITIVE_INFINITY, Number.NaN]) {
    expect(floatToHalf(Float32Array.of(value))).toBeUndefined();
  }
});
