/**
 * The training targets of an expansion of a classifier: where the object of a picture's class is, estimated
 * from the classifier's maps and the colours.
 */
import { setImmediate } from 'node:timers/promises';
import type { Expander } from '../../classifier/expander.ts';
import { toImages } from '../../data/picture/unit-range.ts';
import { mapAt } from '../../explain/images.ts';
import { mirrored } from '../../explain/smoothing.ts';
import { transportGrid } from '../../models/transport.ts';
import { objectLabel } from '../../refine/crf/soft-label.ts';
import { itemAt } from '../../tensor/batch.ts';
import { reshape, type Tensor, tensor } from '../../tensor/tensor.ts';
import type { FrozenClassifier, Seen } from './frozen-classifier.ts';
import type { RunImages, SoftLabels } from './images.ts';
import { labelPicture } from './soft-labels.ts';

const atOnce = 16;

/**
 * The candidate classes of pictures, by label; the most probable one is taught. 'predicted': all classes are
 * candidates.
 */
export type ClassesToTeach = 'predicted' | readonly (readonly number[])[];

export interface Teaching {
  readonly frozen: FrozenClassifier;
  /**
   * The expansion of an earlier training, which upsamples the maps to full resolution. Default: the maps keep
   * their own resolution.
   */
  readonly expander?: Pick<Expander, 'expand'>;
  readonly images: RunImages;
  readonly teach: ClassesToTeach;
}

/** By the picture's path. */
export interface ObjectLabels {
  readonly classes: ReadonlyMap<string, number>;
  /** uint8 `[R, R, 1]`, R = ceil(H/2): 255 for surely object. */
  readonly labels: SoftLabels;
  /** Number of pictures without a class with a logit above 0, not even the one taught. */
  readonly denied: number;
}

/**
 * Soft labels of all training pictures, from the centred CAM of each picture's class: the mean over the
 * picture and its mirror image, at full resolution if there is already an expansion.
 * @param onImages called with the number of images done
 * @returns undefined when the signal has arrived
 */
export async function objectLabels(
  { frozen, expander, images, teach }: Teaching,
  onImages: (done: number) => void,
  signal: AbortSignal,
): Promise<ObjectLabels | undefined> {
  const classes = new Map<string, number>();
  const labels = images.newLabels();
  let denied = 0;
  /** `[N, h, w]` */
  const mapsOf = async (
    batch: Tensor<'float32'>,
    seen: Seen,
    single: readonly (readonly number[])[],
  ): Promise<Tensor<'float32'>> => {
    const evidence = await frozen.evidence(batch, seen, single, 1, 'centred');
    const [n, , h, w] = evidence.shape;
    const low = reshape(evidence, [n, h, w]);
    return (await expander?.expand(batch, low)) ?? low;
  };
  for await (const { pictures, labels: folders, paths } of images.plain(atOnce)) {
    const batch = toImages(pictures);
    const seen = await frozen.look(batch);
    const chosen = paths.map((_, i) =>
      mostProbable(itemAt(seen.logits, i).data, teach === 'predicted' ? undefined : teach[folders[i]]),
    );
    const single = chosen.map((one) => [one]);
    const straight = await mapsOf(batch, seen, single);
    const turned = mirrored(batch);
    const back = mirrored(await mapsOf(turned, await frozen.look(turned), single));
    const [size] = transportGrid([batch.shape[1], batch.shape[2]]);
    for (const [i, path] of paths.entries()) {
      const [one, other] = [mapAt(straight, i), mapAt(back, i)];
      const cam = tensor(
        'float32',
        one.shape,
        one.data.map((value, p) => value + other.data[p]),
      );
      if (!(itemAt(seen.logits, i).data[chosen[i]] > 0)) denied++;
      classes.set(path, chosen[i]);
      labels.set(path, labelPicture(objectLabel(cam, itemAt(pictures, i), size)));
    }
    onImages(labels.size);
    await setImmediate(); // signals are handled between batches
    if (signal.aborted) return undefined;
  }
  return { classes, labels, denied };
}

/** @param among class indices; default: all */
function mostProbable(logits: Float32Array, among: readonly number[] = [...logits.keys()]): number {
  return among.reduce((best, one) => (logits[one] > logits[best] ? one : best), among[0]);
}
