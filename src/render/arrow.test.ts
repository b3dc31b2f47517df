import { expect, test } from 'vitest';
import { arrow } from './arrow.ts';

test('the tip of a straight arrow is on the last point', () => {
  const svg = arrow([
    [0, 5],
    [40, 5],
  ]);
  expect(svg).toContain('d="M0 5L34 5"');
  expect(svg).toContain('d="M40 5L33 8.4L33 1.6Z"');
});

test('rounds corners; without a head the line reaches the point', () => {
  const svg = arrow(
    [
      [0, 0],
      [20, 0],
      [20, 30],
    ],
    { head: false },
  );
  expect(svg).toContain('d="M0 0L14 0Q20 0 20 6L20 30"');
  expect(svg).not.toContain('Z');
});

test('a bridge has a white line below', () => {
  const points = [
    [0, 0],
    [9, 0],
  ] as const;
  expect(arrow(points, { bridge: true })).toMatch(/^<path [^>]*stroke="#ffffff"/);
});

test('slanted segments are an internal error', () => {
  expect(() =>
    arrow([
      [0, 0],
      [3, 4],
    ]),
  ).toThrow('internal: an arrow runs from [0,0] to [3,4], neither across nor down');
});
