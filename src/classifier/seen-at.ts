/** A picture as a classifier sees it. */

import { cropMiddle } from '../data/picture/crop.ts';
import { resizeFar } from '../data/picture/picture-source.ts';
import { toChannels } from '../data/picture/to-channels.ts';
import { type Picture, tensor } from '../tensor/tensor.ts';
import type { Fit } from './facts.ts';

/** @param picture uint8 `[H, W, 3]` @returns uint8 `[size, size, channels]` */
export function seenAt(picture: Picture, size: number, channels: 1 | 3, fit: Fit): Picture {
  const part = fit === 'squash' ? picture : cropMiddle(picture, fit.crop);
  const { data } = resizeFar(part, size, size);
  return tensor('uint8', [size, size, channels], toChannels(data, 3, channels));
}
