import { expect, test } from 'vitest';
import { count, groupedCount } from './count.ts';
import { duration } from './duration.ts';
import { inPercent, percent, shortPercent } from './percent.ts';

test('formats shares', () => {
  expect([percent(0.9321), percent(0.05), percent(0.9321, 2), percent(0.125, 0)]).toEqual([
    '93.2 %',
    '5.0 %',
    '93.21 %',
    '13 %',
  ]);
  expect([inPercent(1), inPercent(0.12345, 2)]).toEqual(['100.0', '12.35']);
  expect([shortPercent(0.9321), shortPercent(0.05), shortPercent(0.2)]).toEqual(['93.2 %', '5 %', '20 %']);
});

test('formats counts', () => {
  expect([count(1, 'epoch'), count(0, 'epoch'), count(2000, 'class', 'classes')]).toEqual([
    '1 epoch',
    '0 epochs',
    '2000 classes',
  ]);
  expect([groupedCount(1, 'class', 'classes'), groupedCount(2000, 'image')]).toEqual([
    '1 class',
    '2,000 images',
  ]);
});

test.each([
  [0.4, '0 s'],
  [12, '12 s'],
  [59.7, '1 min 0 s'],
  [200, '3 min 20 s'],
  [3599.6, '1 h 0 min'],
  [7540, '2 h 5 min'],
  [Number.NaN, '?'],
  [Number.POSITIVE_INFINITY, '?'],
])('formats %s seconds as %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});
