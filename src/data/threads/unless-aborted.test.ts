import { expect, test } from 'vitest';
import { unlessAborted } from './unless-aborted.ts';

test('gives the result of the promise, or its error', async () => {
  const { signal } = new AbortController();
  expect(await unlessAborted(Promise.resolve(1), signal)).toBe(1);
  expect(await unlessAborted(Promise.resolve(1), undefined)).toBe(1);
  await expect(unlessAborted(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
});

test('gives the reason of a signal that comes first, whatever happens to the promise', async () => {
  const controller = new AbortController();
  const never = unlessAborted(new Promise(() => {}), controller.signal);
  let fail: (error: Error) => void = () => {};
  const failing = new Promise((_, reject) => {
    fail = reject;
  });
  controller.signal.addEventListener('abort', () => fail(new Error('a thread was ended')));
  const ended = unlessAborted(failing, controller.signal);
  controller.abort('SIGTERM');
  await expect(never).rejects.toBe('SIGTERM');
  await expect(ended).rejects.toBe('SIGTERM');
  await expect(unlessAborted(Promise.resolve(1), controller.signal)).rejects.toBe('SIGTERM');
});
