import { expect, test } from 'vitest';
import { itemAt, itemsBetween, stack } from './batch.ts';
import { tensor } from './tensor.ts';

const batch = tensor('int64', [3, 1, 2], [1, 2, 3, 4, 5, 6]);

test('items of a batch share its memory', () => {
  expect(itemAt(batch, 1)).toEqual(tensor('int64', [1, 2], [3, 4]));
  expect(itemAt(batch, 1).data.buffer).toBe(batch.data.buffer);
  expect(itemsBetween(batch, 1, 2)).toEqual(tensor('int64', [1, 1, 2], [3, 4]));
  expect(itemsBetween(batch, 1, 9)).toEqual(tensor('int64', [2, 1, 2], [3, 4, 5, 6]));
});

test('stacked items have their own memory', () => {
  const again = stack([2, 0].map((i) => itemAt(batch, i)));
  expect(again).toEqual(tensor('int64', [2, 1, 2], [5, 6, 1, 2]));
  expect(again.data.buffer).not.toBe(batch.data.buffer);
});
