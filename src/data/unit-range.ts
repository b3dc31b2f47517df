/** Writes bytes, 0 to 255, to `out` from `at` on as float32 in [0, 1]. */
export function toUnitRange(bytes: Uint8Array, out: Float32Array, at = 0): void {
  // Rounded to float32 this is x / 255 for every byte x, and faster.
  for (let i = 0; i < bytes.length; i++) out[at + i] = bytes[i] * (1 / 255);
}
