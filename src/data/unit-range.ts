/** x / 255 of every byte, rounded to float32. */
const units = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

/** Writes bytes, 0 to 255, to `out` from `at` on as float32 in [0, 1]. */
export function toUnitRange(bytes: Uint8Array, out: Float32Array, at = 0): void {
  for (let i = 0; i < bytes.length; i++) out[at + i] = units[bytes[i]];
}
