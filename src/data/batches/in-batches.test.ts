import { expect, test } from 'vitest';
import { inBatches, type Pixels } from './in-batches.ts';

/** Pictures of two numbers, `10 i` and `10 i + 1`. */
function part(...items: number[]): Pixels<number> {
  return { items, pictures: Uint8Array.from(items.flatMap((i) => [10 * i, 10 * i + 1])) };
}

async function* of(...parts: Pixels<number>[]): AsyncGenerator<Pixels<number>> {
  yield* parts;
}

test.each([
  ['parts of one batch each', [part(0, 1, 2), part(3, 4, 5)], [part(0, 1, 2), part(3, 4, 5)]],
  [
    'smaller and larger parts',
    [part(0), part(1), part(2, 3, 4, 5, 6, 7, 8)],
    [part(0, 1, 2), part(3, 4, 5), part(6, 7, 8)],
  ],
  ['a remainder', [part(0, 1), part(2, 3)], [part(0, 1, 2), part(3)]],
  ['nothing', [], []],
])('%s', async (_, parts, batches) => {
  const found = [];
  for await (const batch of inBatches(of(...parts), 3)) found.push(batch);
  expect(found).toEqual(batches);
});
