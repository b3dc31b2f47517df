import { expect, test } from 'vitest';
import { everyNthOf, partsOfBatches } from './stream-share.ts';

async function* numbers(count: number): AsyncGenerator<{ n: number }> {
  for (let n = 0; n < count; n++) yield { n };
}

test.each([1, 2, 3, 6])(
  '%i ranks have the parts of each full batch and know its last picture',
  async (of) => {
    const found: { n: number; last: number }[] = [];
    for (let rank = 0; rank < of; rank++) {
      const own: number[] = [];
      for await (const { n, last } of partsOfBatches(numbers(20), { rank, of }, 6)) {
        own.push(n);
        found.push({ n, last: last.n });
      }
      expect(own).toHaveLength(18 / of);
    }
    found.sort((a, b) => a.n - b.n);
    expect(found).toEqual(Array.from({ length: 18 }, (_, n) => ({ n, last: 6 * Math.floor(n / 6) + 5 })));
  },
);

test('takes every n-th picture', async () => {
  const own: number[] = [];
  for await (const { n } of everyNthOf(numbers(8), { rank: 1, of: 3 })) own.push(n);
  expect(own).toEqual([1, 4, 7]);
});
