import { expect, test } from 'vitest';
import { kernels as pictureKernels } from '../data/picture/kernels.ts';
import { kernels } from '../refine/maps/kernels.ts';

test.each([
  ['refinement', kernels],
  ['loader', pictureKernels],
])('numbers are unchanged, also if memory has to grow: %s', (_, module) => {
  const work = module.workspace();
  const floats = Float32Array.of(1, -0, Number.NaN);
  const bytes = Uint8Array.of(1, 2, 3);
  const [first, second] = [work.put(floats), work.put(bytes.subarray(1))];
  const large = work.zeros(2 ** 22 + 1);
  expect(work.floats(first, 3)).toEqual(floats);
  expect(work.bytes(second, 2)).toEqual(Uint8Array.of(2, 3));
  expect(work.bytes(large, 2 ** 22 + 1).some((byte) => byte !== 0)).toBe(false);
  expect([first, second, large].every((address) => address % 16 === 0)).toBe(true);
  const read = new Float32Array(4);
  work.readFloats(first, read.subarray(1));
  expect(read).toEqual(Float32Array.of(0, 1, -0, Number.NaN));
});

test('releases memory that has grown large', () => {
  kernels.workspace().room(2 ** 27);
  const work = kernels.workspace();
  const address = work.put(Int32Array.of(7));
  expect(work.integers(address, 1)).toEqual(Int32Array.of(7));
});

test('workspaces do not share memory', () => {
  const own = kernels.ownWorkspace();
  const address = own.put(Int32Array.of(7));
  kernels.workspace().put(Int32Array.of(8, 8, 8, 8));
  expect(own.integers(address, 1)).toEqual(Int32Array.of(7));
});
