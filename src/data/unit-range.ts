import { Workspace } from './kernels.ts';

/** Writes bytes, 0 to 255, to `out` from `at` on as float32 in [0, 1]: x / 255. */
export function toUnitRange(bytes: Uint8Array, out: Float32Array, at = 0): void {
  const work = new Workspace();
  const floats = work.room(4 * bytes.length);
  work.run.toUnitRange(work.put(bytes), floats, bytes.length);
  out.set(work.floats(floats, bytes.length), at);
}
