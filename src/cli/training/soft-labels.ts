/**
 * The training targets of a tied expansion: a soft label for each training image, from the half model's maps
 * of its true class.
 */

import { setImmediate } from 'node:timers/promises';
import { toImages } from '../../data/picture/unit-range.ts';
import { mapAt } from '../../explain/images.ts';
import { openMethod } from '../../explain/methods/index.ts';
import { networkOf } from '../../models/densenet-network.ts';
import type { Model } from '../../models/model.ts';
import { softLabel } from '../../refine/crf/soft-label.ts';
import { createSession } from '../../runtime/node.ts';
import type { Device } from '../../runtime/session.ts';
import { itemAt } from '../../tensor/batch.ts';
import { type FloatMap, type Picture, tensor } from '../../tensor/tensor.ts';
import type { RunImages, SoftLabels } from './images.ts';

const atOnce = 16;

export interface Teaching {
  /** The half model, or a full model that contains it. */
  readonly model: Model;
  readonly images: RunImages;
  /** Size of the labels, in pixels. */
  readonly size: number;
  readonly device: Device;
}

/**
 * @param onImages called with the number of images done
 * @returns by the image's path, uint8 `[size, size, 1]`: 255 for surely object; undefined when the signal has
 * arrived
 */
export async function softLabels(
  { model, images, size, device }: Teaching,
  onImages: (done: number) => void,
  signal: AbortSignal,
): Promise<SoftLabels | undefined> {
  const smooth = { flip: true, scales: [1] };
  const method = await openMethod('centered-cam', networkOf(model), createSession, { smooth, device });
  try {
    const out = images.newLabels();
    for await (const { pictures, labels, paths } of images.plain(atOnce)) {
      const maps = await method.maps(toImages(pictures), [...labels]);
      for (const [i, path] of paths.entries()) {
        out.set(path, labelPicture(softLabel(mapAt(maps, i), itemAt(pictures, i), size)));
      }
      onImages(out.size);
      await setImmediate(); // signals are handled between batches
      if (signal.aborted) return undefined;
    }
    return out;
  } finally {
    await method.release?.();
  }
}

/**
 * Quantises a soft label for storage: uint8 `[size, size, 1]`, 255 for surely object.
 * @param label `[size, size]` in [0, 1]
 */
export function labelPicture({ shape: [height, width], data }: FloatMap): Picture {
  const levels = Uint8Array.from(data, (p) => Math.round(255 * p));
  return tensor('uint8', [height, width, 1], levels);
}
