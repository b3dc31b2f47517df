import { expect, test } from 'vitest';
import { toUnitRange } from './unit-range.ts';

test('every byte becomes the float32 next to x / 255', () => {
  const out = new Float32Array(258);
  toUnitRange(
    Uint8Array.from({ length: 256 }, (_, x) => x),
    out,
    1,
  );
  expect([...out]).toEqual([0, ...Array.from({ length: 256 }, (_, x) => Math.fround(x / 255)), 0]);
});
