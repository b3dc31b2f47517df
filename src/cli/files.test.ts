import { expect, test } from 'vitest';
import { resultNames, resultStem } from './files.ts';

test('gives results distinct names on any file system', () => {
  const paths = ['a/x.jpg', 'b/x.png', 'x-2.jpg', 'c/X.gif', 'Caf\u00e9.jpg', 'Cafe\u0301.jpg'];
  expect(resultNames(paths)).toEqual(['x', 'x-2', 'x-2-2', 'X-3', 'Caf\u00e9', 'Cafe\u0301-2']);
});

test('shortens long names and keeps them distinct', () => {
  const long = (end: string): string => `${'\u00e9'.repeat(124)}${end}.jpg`; // 255 bytes
  const [a, b] = resultNames([long('a'), long('b')]);
  expect(a).toMatch(/^\u00e9+~[0-9a-f]{10}$/);
  expect(a).not.toBe(b);
  expect(Buffer.byteLength(a)).toBeLessThanOrEqual(160);
  expect(resultStem(`${'x'.repeat(160)}.jpg`)).toBe('x'.repeat(160));
});
