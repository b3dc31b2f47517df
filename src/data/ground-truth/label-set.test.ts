import { expect, test } from 'vitest';
import { hasLabel, labelSetOf, labelText, members, parseLabels } from './label-set.ts';

test('parses numbers, ranges, colours and none', () => {
  expect(parseLabels(' 3, 7-9')).toEqual([
    [3, 3],
    [7, 9],
  ]);
  expect(parseLabels('#FF0000')).toEqual([[0xff0000, 0xff0000]]);
  expect(parseLabels('none')).toEqual([]);
  for (const wrong of ['', 'cat', '1,', '-1', '5-3', '1-2-3', '1.5', '#ff00']) {
    expect(() => parseLabels(wrong), wrong).toThrow(
      'labels are whole numbers, ranges or colours, such as 1, 1-20',
    );
  }
});

test('tells members of a set and formats it', () => {
  const set = labelSetOf([1, 2, 3, 7, 9, 10]);
  expect(set).toEqual([
    [1, 3],
    [7, 7],
    [9, 10],
  ]);
  expect([0, 1, 3, 4, 7, 10].map((label) => hasLabel(set, label))).toEqual([
    false,
    true,
    true,
    false,
    true,
    true,
  ]);
  expect([...members(set, Uint32Array.of(0, 9, 0, 2))]).toEqual([0, 1, 0, 1]);
  expect(labelText(set)).toBe('1-3, 7, 9, 10');
  expect(labelText([])).toBe('none');
  expect(labelText([[0x80, 0x80]], true)).toBe('#000080');
  expect(labelText(labelSetOf([0, 2, 4, 6, 8, 10, 12, 14, 16, 18]))).toBe(
    '0, 2, 4, 6, 8, 10, 12, 14, ... 18',
  );
});
