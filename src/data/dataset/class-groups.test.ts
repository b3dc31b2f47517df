import { expect, test } from 'vitest';
import { groupProbabilities, strongestOf } from './class-groups.ts';

test('the probability of a group is that of its most probable class, not the sum', () => {
  const row = [0.3, 0.15, 0.2, 0.35];
  const groups = [[1, 2, 0], [3]];
  expect(strongestOf(row, groups[0])).toBe(0);
  expect(groupProbabilities(row, groups)).toEqual([0.3, 0.35]);
});

test('of equally probable classes, the first is taken', () => {
  expect(strongestOf([0.2, 0.4, 0.4], [0, 2, 1])).toBe(2);
});
