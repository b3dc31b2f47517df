/** What limits a server: gate, admission, bytes of bodies, stored results. */
import { expect, test } from 'vitest';
import { Admission } from './admission.ts';
import { ByteBudget } from './body.ts';
import { Gate } from './gate.ts';
import type { Problem } from './problem.ts';
import { ResultStore } from './result-store.ts';

const thrown = (work: () => void): Problem => {
  try {
    work();
  } catch (error) {
    return error as Problem;
  }
  throw new Error('nothing was thrown');
};

test('a gate admits a few tasks at a time, in order', async () => {
  const gate = new Gate(2);
  const events: string[] = [];
  const ends: (() => void)[] = [];
  const work = (name: string): Promise<void> =>
    gate.run(async () => {
      events.push(name);
      await new Promise<void>((resolve) => ends.push(resolve));
    });
  const all = ['a', 'b', 'c', 'd'].map(work);
  await Promise.resolve();
  expect(events).toEqual(['a', 'b']);
  expect(gate.waiting).toBe(2);
  ends[0]();
  await all[0];
  await Promise.resolve();
  expect(events).toEqual(['a', 'b', 'c']);
  ends[1]();
  await all[1];
  await Promise.resolve();
  ends[2]();
  ends[3]();
  await Promise.all(all);
  expect(events).toEqual(['a', 'b', 'c', 'd']);
});

test('a task that fails or is given up frees its place', async () => {
  const gate = new Gate(1);
  await expect(gate.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  let end = (): void => {};
  const first = gate.run(() => new Promise<void>((resolve) => (end = resolve)));
  const gone = new AbortController();
  const leaving = gate.run(() => Promise.resolve('never'), gone.signal);
  const last = gate.run(() => Promise.resolve('last'));
  gone.abort(new Error('gone'));
  await expect(leaving).rejects.toThrow('gone');
  await expect(gate.run(() => Promise.resolve(0), gone.signal)).rejects.toThrow('gone');
  end();
  await first;
  expect(await last).toBe('last');
  expect(gate.waiting).toBe(0);
});

test('rejects a request beyond the limit, with a time to retry', async () => {
  let now = 0;
  const admission = new Admission(2, () => now);
  const leave = [admission.enter(), admission.enter()];
  const refused = thrown(() => admission.enter());
  expect([refused.status, refused.headers['Retry-After']]).toEqual([429, '1']);
  expect(refused.message).toBe('2 requests are in progress, which is the limit');
  now = 20_000;
  let idle = false;
  const waiting = admission.idle().then(() => {
    idle = true;
  });
  leave[0].leave();
  await Promise.resolve();
  expect(idle).toBe(false);
  // The mean of recent durations was 1 s: 1 + 0.2 (20 - 1) = 4.8 s.
  const again = admission.enter();
  expect(thrown(() => admission.check()).headers['Retry-After']).toBe('5');
  leave[1].leave();
  again.leave();
  await waiting;
  expect(admission.inWork).toBe(0);
  await admission.idle();
});

test('a large request takes several places, at most all, and frees them', () => {
  const admission = new Admission(4);
  const large = admission.enter();
  large.take(3);
  large.take(2); // at most all of its own
  const small = admission.enter();
  expect(thrown(() => admission.enter()).status).toBe(429);
  expect(thrown(() => small.take(2)).status).toBe(429);
  expect(admission.inWork).toBe(2);
  large.leave();
  small.take(100);
  expect(thrown(() => admission.enter()).status).toBe(429);
  small.leave();
  admission.enter().take(4);
});

test('the byte budget is used up and freed', () => {
  const budget = new ByteBudget(100);
  budget.take(60);
  budget.take(40);
  expect(thrown(() => budget.take(1))).toMatchObject({ status: 429, headers: { 'Retry-After': '1' } });
  budget.give(60);
  budget.take(60);
});

test('limits results in bytes and age, removing the oldest first', () => {
  let now = 0;
  const store = new ResultStore({ maxBytes: 100, maxAge: 1000, now: () => now });
  const files = (bytes: number) => new Map([['a.npy', { type: 't', bytes: new Uint8Array(bytes) }]]);
  const first = store.put(files(60)) as string;
  now = 500;
  const second = store.put(files(40)) as string;
  expect(first).toMatch(/^[0-9a-f]{32}$/);
  expect(second).not.toBe(first);
  expect(store.get(first, 'a.npy')?.bytes.length).toBe(60);
  expect(store.get(first, 'b.npy')).toBeUndefined();
  expect(store.get('0', 'a.npy')).toBeUndefined();
  const third = store.put(files(30)) as string;
  expect(store.get(first, 'a.npy')).toBeUndefined();
  expect([store.bytes, store.size]).toEqual([70, 2]);
  expect(store.put(files(101))).toBeUndefined();
  now = 1499;
  expect(store.get(second, 'a.npy')).toBeDefined();
  now = 1500;
  expect(store.get(second, 'a.npy')).toBeUndefined();
  expect(store.get(third, 'a.npy')).toBeUndefined();
  expect([store.bytes, store.size]).toEqual([0, 0]);
});
