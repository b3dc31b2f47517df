/** Converts RGB to grey and back. */

/**
 * Converts pixels to another number of channels; returns an array over the same bytes if nothing changes.
 * @param data `[H, W, from]`, from 0 to 255
 * @param from 1 or 3
 * @param to 3: RGB; 1: grey, the luma of ITU-R BT.601, 0.299 R + 0.587 G + 0.114 B, rounded
 */
export function toChannels(data: Uint8Array, from: number, to: 1 | 3): Uint8Array {
  // A Uint8Array over the same bytes: `slice` of a Buffer would not copy.
  if (from === to) return new Uint8Array(data.buffer, data.byteOffset, data.length);
  const pixels = data.length / from;
  const out = new Uint8Array(pixels * to);
  for (let i = 0; i < pixels; i++) {
    if (from === 1) out.fill(data[i], 3 * i, 3 * i + 3);
    else out[i] = Math.round(0.299 * data[3 * i] + 0.587 * data[3 * i + 1] + 0.114 * data[3 * i + 2]);
  }
  return out;
}
