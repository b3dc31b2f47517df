import { expect, test } from 'vitest';
import { Workspace } from './kernels.ts';

test('numbers come out as they went in, also where memory has to grow', () => {
  const work = new Workspace();
  const first = work.put(Uint8Array.of(9, 1, 2, 3).subarray(1));
  const second = work.put(Uint8Array.of(1, 0, 255, 255));
  const large = work.room(2 ** 22);
  work.bytes(large, 2 ** 22).fill(7);
  expect([...work.bytes(first, 3)]).toEqual([1, 2, 3]);
  expect([...work.bytes(second, 4)]).toEqual([1, 0, 255, 255]);
  expect([first, second, large].every((address) => address % 16 === 0)).toBe(true);
});
