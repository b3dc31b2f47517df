import { expect, test } from 'vitest';
import type { Session } from './session.ts';
import { type CacheBounds, SessionCache } from './session-cache.ts';

/** A cache of sessions that record when they are opened and released, and what they run. */
function cacheOf(bounds: CacheBounds) {
  const cache = new SessionCache(bounds);
  const log: string[] = [];
  const running = new Map<string, number>();
  const owners = { a: {}, b: {} };
  const session = (name: string): Session => ({
    inputNames: [],
    outputNames: [],
    run: async () => ({}),
    async release() {
      expect(running.get(name) ?? 0).toBe(0);
      log.push(`release ${name}`);
    },
  });
  const use = (
    owner: keyof typeof owners,
    key: string,
    bytes: number,
    work: () => Promise<void> = async () => {},
  ): Promise<void> => {
    const name = owner + key;
    const make = async (): Promise<{ session: Session }> => {
      log.push(`open ${name}`);
      return { session: session(name) };
    };
    return cache.use({ owner: owners[owner], key, bytes }, make, async () => {
      running.set(name, (running.get(name) ?? 0) + 1);
      await work();
      running.set(name, (running.get(name) ?? 0) - 1);
    });
  };
  return { cache, log, use, owners };
}

test('limits the bytes: releases the least recently used session before opening another', async () => {
  const { cache, log, use } = cacheOf({ bytes: 100 });
  await use('a', '1', 40);
  await use('b', '1', 40);
  await use('a', '1', 40);
  await use('a', '2', 50);
  expect(log).toEqual(['open a1', 'open b1', 'release b1', 'open a2']);
  expect([cache.bytes, cache.size]).toEqual([90, 2]);
});

test('keeps at most a given number of sessions', async () => {
  const { cache, log, use } = cacheOf({ bytes: 1000 });
  for (let i = 0; i < 200; i++) {
    await use('a', String(i), 100 + i);
    expect(cache.bytes).toBeLessThanOrEqual(1000);
  }
  expect(log.filter((line) => line.startsWith('release'))).toHaveLength(200 - cache.size);
});

test('releases a session larger than the limit after its use', async () => {
  const { cache, log, use } = cacheOf({ bytes: 100 });
  await use('a', '1', 500);
  expect(log).toEqual(['open a1', 'release a1']);
  expect(cache.bytes).toBe(0);
});

test('keeps sessions in use despite the limits, and releases them afterwards', async () => {
  const { cache, log, use } = cacheOf({ sessions: 1 });
  let end = (): void => {};
  const long = use('a', '1', 1, () => new Promise((resolve) => (end = resolve)));
  await use('b', '1', 1);
  await use('b', '2', 1);
  expect(log).toEqual(['open a1', 'open b1', 'release b1', 'open b2', 'release b2']);
  end();
  await long;
  expect([cache.size, log.length]).toEqual([1, 5]);
});

test('uses by one owner run one after another, and so does the release', async () => {
  const { cache, log, use, owners } = cacheOf({});
  const order: string[] = [];
  const uses = ['1', '2', '1'].map((key, i) =>
    use('a', key, 1, async () => {
      order.push(`${i} begins`);
      await new Promise((resolve) => setTimeout(resolve, 1));
      order.push(`${i} ends`);
    }),
  );
  await cache.release(owners.a);
  expect(order).toEqual([0, 1, 2].flatMap((i) => [`${i} begins`, `${i} ends`]));
  expect(log).toEqual(['open a1', 'open a2', 'release a2', 'release a1']);
  await Promise.all(uses);
  expect(cache.size).toBe(0);
});

test('a session that failed to open is tried again, and counts no bytes', async () => {
  const cache = new SessionCache({ bytes: 100 });
  const place = { owner: {}, key: '1', bytes: 20 };
  let calls = 0;
  const failing = (): Promise<never> => Promise.reject(new Error(`no ${++calls}`));
  await expect(cache.use(place, failing, async () => 0)).rejects.toThrow('no 1');
  expect(cache.size).toBe(0);
  await expect(cache.use(place, failing, async () => 0)).rejects.toThrow('no 2');
});

test('a session counts with its largest estimate', async () => {
  const { cache, use } = cacheOf({ bytes: 100 });
  await use('a', 'any', 10);
  await use('a', 'any', 60);
  await use('a', 'any', 10);
  expect(cache.bytes).toBe(60);
  await use('b', 'other', 50);
  expect(cache.bytes).toBe(50);
});
