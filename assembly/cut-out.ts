import { U8 } from './memory';
import { skip } from './runs';

/**
 * The picture of `n` pixels where the mask is 1, black elsewhere.
 * @param out the result; all 0 before
 */
export function cutOut(image: U8, mask: U8, out: U8, n: i32, channels: i32): void {
  for (let i = skip(mask, 0, n, 0); i < n; i = skip(mask, i, n, 0)) {
    const end = skip(mask, i, n, 1);
    for (let c = i * channels; c < end * channels; c++) out[c] = image[c];
    i = end;
  }
}
