import { expect, test } from 'vitest';
import { reduceOnPlateau } from './schedule.ts';

test('the rate falls by sqrt(0.1) after ten epochs without a lower loss, and stops at the minimum', () => {
  const schedule = reduceOnPlateau(1);
  expect(schedule.next(2)).toBe(1);
  const rates = Array.from({ length: 20 }, () => schedule.next(2));
  expect(rates.slice(0, 9)).toEqual(Array(9).fill(1));
  expect(rates[9]).toBeCloseTo(Math.sqrt(0.1), 12);
  expect(rates[19]).toBeCloseTo(0.1, 12);
  for (let i = 0; i < 200; i++) schedule.next(2);
  expect(schedule.next(2)).toBe(1e-5);
});

test('a lower loss starts the count anew; less than the threshold lower does not', () => {
  const schedule = reduceOnPlateau(1, { patience: 2 });
  schedule.next(1);
  schedule.next(1);
  expect(schedule.next(0.9)).toBe(1);
  expect(schedule.next(0.89995)).toBe(1);
  expect(schedule.next(0.9)).toBeLessThan(1);
});
