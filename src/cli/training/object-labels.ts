/** What an expansion on a classifier is taught: where the object of a picture's class is, as far as the classifier and colours tell. */
import { setImmediate } from 'node:timers/promises';
import { pictureAt } from '../../data/picture/unit-range.ts';
import { mirrored } from '../../explain/smoothing.ts';
import { transportGrid } from '../../models/transport.ts';
import { objectLabel } from '../../refine/crf/soft-label.ts';
import { itemAt } from '../../tensor/batch.ts';
import { type Picture, reshape, tensor } from '../../tensor/tensor.ts';
import type { FrozenClassifier } from './frozen-classifier.ts';
import type { RunImages } from './images.ts';
import { labelPicture } from './soft-labels.ts';

const atOnce = 16;

/** The classes that pictures may be of, by their label: the most probable of them counts. 'predicted': of all. */
export type ClassesToTeach = 'predicted' | readonly (readonly number[])[];

export interface Teaching {
  readonly frozen: FrozenClassifier;
  readonly images: RunImages;
  readonly teach: ClassesToTeach;
}

/** By the picture's path. */
export interface ObjectLabels {
  readonly classes: ReadonlyMap<string, number>;
  /** uint8 `[R, R, 1]`, R = ceil(H/2): 255 for surely object. */
  readonly labels: ReadonlyMap<string, Picture>;
}

/**
 * Soft labels of all training pictures: of the centred CAM of a picture's class, the mean of both mirrorings.
 * @param onImages told how many are done
 * @returns nothing when the signal has come
 */
export async function objectLabels(
  { frozen, images, teach }: Teaching,
  onImages: (done: number) => void,
  signal: AbortSignal,
): Promise<ObjectLabels | undefined> {
  const classes = new Map<string, number>();
  const labels = new Map<string, Picture>();
  for await (const { images: batch, labels: folders, paths } of images.plain(atOnce)) {
    const seen = await frozen.look(batch);
    const chosen = paths.map((_, i) =>
      mostProbable(itemAt(seen.logits, i).data, teach === 'predicted' ? undefined : teach[folders[i]]),
    );
    const single = chosen.map((one) => [one]);
    const turned = mirrored(batch);
    const straight = await frozen.evidence(batch, seen, single, 1, 'centred');
    const inMirror = await frozen.evidence(turned, await frozen.look(turned), single, 1, 'centred');
    const [n, , h, w] = straight.shape;
    const back = mirrored(reshape(inMirror, [n, h, w]));
    for (const [i, path] of paths.entries()) {
      const other = itemAt(back, i).data;
      const cam = tensor(
        'float32',
        [h, w],
        itemAt(straight, i).data.map((value, p) => value + other[p]),
      );
      const [size] = transportGrid([batch.shape[1], batch.shape[2]]);
      classes.set(path, chosen[i]);
      labels.set(path, labelPicture(objectLabel(cam, pictureAt(batch, i), size)));
    }
    onImages(labels.size);
    await setImmediate(); // signals are heard between batches
    if (signal.aborted) return undefined;
  }
  return { classes, labels };
}

/** @param among class indices; default: all */
function mostProbable(logits: Float32Array, among: readonly number[] = [...logits.keys()]): number {
  return among.reduce((best, one) => (logits[one] > logits[best] ? one : best), among[0]);
}
