import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Workspace } from './kernels.ts';

test('the kernels are those of assembly', () => {
  execFileSync(process.execPath, [
    join(import.meta.dirname, '..', '..', '..', 'scripts', 'wasm.mjs'),
    '--check',
  ]);
});

test('numbers come out as they went in, also where memory has to grow', () => {
  const work = new Workspace();
  const floats = Float32Array.of(1, -0, Number.NaN);
  const bytes = Uint8Array.of(1, 2, 3);
  const [first, second] = [work.put(floats), work.put(bytes.subarray(1))];
  const large = work.zeros(2 ** 21 + 1);
  expect(work.floats(first, 3)).toEqual(floats);
  expect(work.bytes(second, 2)).toEqual(Uint8Array.of(2, 3));
  expect(work.bytes(large, 2 ** 21 + 1).some((byte) => byte !== 0)).toBe(false);
  expect([first, second, large].every((address) => address % 16 === 0)).toBe(true);
});

test('memory that has grown large is given up', () => {
  new Workspace().room(2 ** 27);
  const work = new Workspace();
  const address = work.put(Int32Array.of(7));
  expect(work.integers(address, 1)).toEqual(Int32Array.of(7));
});
