import { decode } from 'fast-png';
import { expect, test } from 'vitest';
import { confusionPlot, mostNamed } from './confusion-plot.ts';

const confusion = [
  [8, 2],
  [0, 0],
];

test('a cell has its count, its share of the row as opacity, and a sentence', () => {
  const { svg } = confusionPlot(confusion, ['a<b', 'c']);
  expect(svg).toContain('<title>a&lt;b predicted as a&lt;b: 8 (80.0 %)</title>');
  expect(svg).toContain('<title>a&lt;b predicted as c: 2 (20.0 %)</title>');
  const opacity = (share: number): string => `fill-opacity="${Math.round(100 * (0.1 + 0.9 * share)) / 100}"`;
  expect(svg).toMatch(new RegExp(`fill="#2f6fd0" ${opacity(0.8)}`));
  expect(svg).toMatch(new RegExp(`fill="#d1495b" ${opacity(0.2)}`));
  // A count of 0, and a class without images, draw nothing.
  expect(svg.match(/<title>/g)).toHaveLength(2);
});

test('for many classes the matrix is a picture, transparent where there is no image', () => {
  const n = mostNamed + 1;
  const many: number[][] = Array.from({ length: n }, (_, t) =>
    Array.from({ length: n }, (_, p) => (p === t ? 3 : 0)),
  );
  many[5] = many[5].map((_, p) => (p === 7 ? 1 : 0));
  const classes = many.map((_, i) => `class ${i}`);
  const { svg } = confusionPlot(many, classes);
  expect(svg).not.toContain('class 3');
  const png = decode(Buffer.from(/base64,([^"]*)"/.exec(svg)?.[1] ?? '', 'base64'));
  expect([png.width, png.height, png.channels]).toEqual([n, n, 4]);
  const pixel = (t: number, p: number) => [...png.data.subarray(4 * (t * n + p), 4 * (t * n + p) + 4)];
  expect(pixel(0, 0)).toEqual([47, 111, 208, 255]);
  expect(pixel(5, 7)).toEqual([209, 73, 91, 255]);
  expect(pixel(5, 5)[3]).toBe(0);
  expect(
    confusionPlot(
      many.slice(1).map((row) => row.slice(1)),
      classes.slice(1),
    ).svg,
  ).toContain('class 3');
});

test('four hundred classes give a small file', () => {
  const n = 400;
  const many = Array.from({ length: n }, (_, t) => Array.from({ length: n }, (_, p) => (t * p) % 7));
  expect(confusionPlot(many, many.map(String)).svg.length).toBeLessThan(600_000);
});

test('rejects a matrix whose size differs from the number of classes', () => {
  expect(() => confusionPlot([[1]], ['a', 'b'])).toThrow('2 classes need 2 rows of 2 counts, got rows of 1');
  expect(() => confusionPlot([], [])).toThrow('confusionPlot: 0 classes');
});
