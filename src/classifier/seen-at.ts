/** A picture as a classifier sees it. */

import { cropMiddle } from '../data/picture/crop.ts';
import { squashed } from '../data/picture/picture-source.ts';
import type { Picture } from '../tensor/tensor.ts';
import type { Fit } from './facts.ts';

/** @param picture uint8 `[H, W, 3]` @returns uint8 `[size, size, channels]` */
export function seenAt(picture: Picture, size: number, channels: 1 | 3, fit: Fit): Picture {
  return squashed(fit === 'squash' ? picture : cropMiddle(picture, fit.crop), size, channels);
}
