import { expect, test } from 'vitest';
import { cacheLast } from './cache-last.ts';

test('returns the stored result for the same arguments and computes others', () => {
  const pair = cacheLast((...args: unknown[]) => ({ args }));
  const list = [1];
  const first = pair(list, 2);
  expect(pair(list, 2)).toBe(first);
  expect(pair([1], 2)).not.toBe(first);
  expect(pair([1]).args).toEqual([[1]]);
  expect(pair()).toEqual({ args: [] });
});

test('a call that failed is not cached', () => {
  const root = cacheLast((x: number) => {
    if (x < 0) throw new Error(`no root of ${x}`);
    return Math.sqrt(x);
  });
  expect(root(4)).toBe(2);
  expect(() => root(-1)).toThrow('no root of -1');
  expect(root(4)).toBe(2);
});
