import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Batcher } from './batcher.ts';

/** A model that doubles numbers, records its batches, and fails if a batch contains 13. */
function doubling({ most = 4, wait = 0, key = (_: number): string => '' } = {}) {
  const batches: number[][] = [];
  let release: (() => void) | undefined;
  const held = { hold: false, release: () => release?.() };
  const batcher = new Batcher<number, number>({
    run: async (items) => {
      batches.push([...items]);
      if (held.hold) await new Promise<void>((resolve) => (release = resolve));
      if (items.includes(13)) throw new Error('thirteen');
      return items.map((item) => 2 * item);
    },
    keyOf: key,
    most,
    wait,
  });
  return { batcher, batches, held };
}

test('items that arrive together are computed together, up to the limit', async () => {
  const { batcher, batches } = doubling();
  const results = await Promise.all([1, 2, 3, 4, 5, 6].map((item) => batcher.run(item)));
  expect(results).toEqual([2, 4, 6, 8, 10, 12]);
  expect(batches).toEqual([
    [1, 2, 3, 4],
    [5, 6],
  ]);
});

test('an item waits for others, a full batch does not wait', async () => {
  const { batcher, batches } = doubling({ most: 2, wait: 60_000 });
  expect(await Promise.all([batcher.run(1), batcher.run(2)])).toEqual([2, 4]);
  const alone = new AbortController();
  const waiting = batcher.run(3, alone.signal);
  await sleep(20);
  expect(batches).toEqual([[1, 2]]);
  alone.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
});

test('a batch is aborted if none of its results is needed, and is not computed again', async () => {
  const batches: number[][] = [];
  const batcher = new Batcher<number, number>({
    run: (items, signal) => {
      batches.push([...items]);
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    },
    keyOf: () => '',
    most: 2,
    wait: 0,
  });
  const clients = [new AbortController(), new AbortController()];
  const results = clients.map(({ signal }, i) => batcher.run(i, signal));
  const settled = Promise.allSettled(results);
  await sleep(20);
  clients[0].abort(new Error('first'));
  await sleep(20);
  expect(batches).toEqual([[0, 1]]);
  clients[1].abort(new Error('second'));
  expect(await settled).toMatchObject([{ reason: { message: 'first' } }, { reason: { message: 'second' } }]);
  expect(batches).toEqual([[0, 1]]);
});

test('the next batch fills while one is computed', async () => {
  const { batcher, batches, held } = doubling();
  held.hold = true;
  const first = batcher.run(1);
  await sleep(20);
  const rest = [2, 3].map((item) => batcher.run(item));
  await sleep(20);
  expect(batches).toEqual([[1]]);
  expect(batcher.waiting).toBe(2);
  held.hold = false;
  held.release();
  expect(await Promise.all([first, ...rest])).toEqual([2, 4, 6]);
  expect(batches).toEqual([[1], [2, 3]]);
});

test('a batch has items of only one key, the oldest first', async () => {
  const { batcher, batches } = doubling({ key: (item) => String(item % 2) });
  await Promise.all([1, 2, 3, 4, 5].map((item) => batcher.run(item)));
  expect(batches).toEqual([
    [1, 3, 5],
    [2, 4],
  ]);
});

test('an item that fails does not affect the others in its batch', async () => {
  const { batcher, batches } = doubling();
  const settled = await Promise.allSettled([1, 13, 3, 4].map((item) => batcher.run(item)));
  expect(settled.map((one) => (one.status === 'fulfilled' ? one.value : one.reason.message))).toEqual([
    2,
    'thirteen',
    6,
    8,
  ]);
  expect(batches).toEqual([[1, 13, 3, 4], [1], [13], [3], [4]]);
  expect(await batcher.run(5)).toBe(10);
});

test('a failed batch fails only its own items', async () => {
  const { batcher } = doubling({ most: 1 });
  const settled = await Promise.allSettled([13, 2].map((item) => batcher.run(item)));
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
});

test('too few results from a model are an internal error', async () => {
  const batcher = new Batcher<number, number>({ run: async () => [], keyOf: () => '', most: 2, wait: 0 });
  await expect(batcher.run(1)).rejects.toThrow('internal: 0 results for a batch of 1');
});

test('does not compute an item that is removed while it waits', async () => {
  const { batcher, batches } = doubling();
  const aborted = AbortSignal.abort(new Error('gone before'));
  const gone = new AbortController();
  const leaving = batcher.run(7, gone.signal);
  gone.abort(new Error('gone'));
  await expect(batcher.run(8, aborted)).rejects.toThrow('gone before');
  await expect(leaving).rejects.toThrow('gone');
  expect(await batcher.run(9)).toBe(18);
  expect(batches).toEqual([[9]]);
});

test('an item being computed stays in its batch even if its signal is aborted', async () => {
  const { batcher, held } = doubling();
  held.hold = true;
  const gone = new AbortController();
  const computed = batcher.run(7, gone.signal);
  await sleep(20);
  gone.abort(new Error('gone'));
  held.release();
  expect(await computed).toBe(14);
});

test('in any order of arrival, each item gets its own result, in batches of one key and limited size', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ item: fc.integer({ min: 0, max: 20 }), pause: fc.boolean() }), { maxLength: 40 }),
      fc.integer({ min: 1, max: 5 }),
      async (steps, most) => {
        const { batcher, batches } = doubling({ most, key: (item) => String(item % 3) });
        const results: Promise<PromiseSettledResult<number>[]>[] = [];
        for (const { item, pause } of steps) {
          results.push(Promise.allSettled([batcher.run(item)]));
          if (pause) await sleep(1);
        }
        const settled = (await Promise.all(results)).flat();
        steps.forEach(({ item }, i) => {
          const expected = item === 13 ? { status: 'rejected' } : { status: 'fulfilled', value: 2 * item };
          expect(settled[i]).toMatchObject(expected);
        });
        for (const batch of batches) {
          expect(batch.length).toBeLessThanOrEqual(most);
          expect(new Set(batch.map((item) => item % 3)).size).toBe(1);
        }
      },
    ),
    { seed: 1, numRuns: 30 },
  );
});
