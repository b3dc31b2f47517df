import { expect, test } from 'vitest';
import { Arena } from './arena.ts';

const MiB = 2 ** 20;

test('splits chunks, finds them by size, and joins them when they are freed', () => {
  const arena = new Arena();
  const a = arena.take(1000);
  const b = arena.take(300_000);
  const c = arena.take(256);
  expect([a, b, c]).toEqual([
    { region: 0, start: 0, size: 1024 },
    { region: 0, start: 1024, size: 300_032 },
    { region: 0, start: 301_056, size: 256 },
  ]);
  arena.give(a);
  arena.give(b); // a and b are one free chunk now
  expect(arena.take(301_056)).toEqual({ region: 0, start: 0, size: 301_056 });
  // More than half of what is left: it is taken whole.
  expect(arena.take(600_000).size).toBe(MiB - 301_056 - 256);
});

test('regions double in size, or are as large as needed', () => {
  const arena = new Arena();
  const regions = [1, 1, 1, 5, 3].map((size) => {
    const { region, size: taken } = arena.take(size * MiB);
    return [region, taken / MiB];
  });
  // 1, then 2 (of which half is taken twice), then 8 for the 5, which are taken whole, then 8 again
  expect(regions).toEqual([
    [0, 1],
    [1, 1],
    [1, 1],
    [2, 8],
    [3, 3],
  ]);
});

test('written pages stay', () => {
  const arena = new Arena();
  arena.give(arena.take(100_000));
  expect(arena.resident).toBe(25 * 4096);
  arena.give(arena.take(50_000));
  expect(arena.resident).toBe(25 * 4096);
  arena.take(100_000);
  arena.take(5000);
  expect(arena.resident).toBe(26 * 4096);
});
