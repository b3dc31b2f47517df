/**
 * What an expansion on a classifier is taught: where the object of a picture's class is, as far as the
 * classifier and colours tell.
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
 * The classes that pictures may be of, by their label: the most probable of them counts. 'predicted': of all.
 */
export type ClassesToTeach = 'predicted' | readonly (readonly number[])[];

export interface Teaching {
  readonly frozen: FrozenClassifier;
  /**
   * The expansion of an earlier training, which brings the maps that teach to full resolution. Default: they
   * are taught as they are.
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
  /** How many pictures have no class with a logit above 0, the one that is taught included. */
  readonly denied: number;
}

/**
 * Soft labels of all training pictures: of the centred CAM of a picture's class, the mean of both mirrorings,
 * at full resolution where there is an expansion already.
 * @param onImages told how many are done
 * @returns nothing when the signal has come
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
    await setImmediate(); // signals are heard between batches
    if (signal.aborted) return undefined;
  }
  return { classes, labels, denied };
}

/** @param among class indices; default: all */
function mostProbable(logits: Float32Array, among: readonly number[] = [...logits.keys()]): number {
  return among.reduce((best, one) => (logits[one] > logits[best] ? one : best), among[0]);
}
