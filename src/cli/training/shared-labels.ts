/** Gathers the soft labels that each rank has made on all ranks. */
import type { Sample } from '../../data/dataset/image-folder.ts';
import { type Picture, tensor } from '../../tensor/tensor.ts';
import type { Crew } from '../../train/crew.ts';
import type { SoftLabels } from './images.ts';
import type { ObjectLabels } from './object-labels.ts';

/**
 * @param samples the images that have labels
 * @param size size of the labels, in pixels
 * @param own this rank's labels, by path; undefined when it is stopped
 * @returns all labels, uint8 `[size, size, 1]`; undefined when any rank is stopped
 */
export async function sharedLabels(
  crew: Crew,
  samples: readonly Sample[],
  size: number,
  own: SoftLabels | undefined,
): Promise<SoftLabels | undefined> {
  if ((await crew.agree({ stopped: own === undefined })).stopped) return undefined;
  const all = new Map<string, Picture>();
  await crew.gather(
    samples.length,
    size * size,
    (place) => own?.get(samples[place].path)?.data,
    (place, row) => all.set(samples[place].path, tensor('uint8', [size, size, 1], Uint8Array.from(row))),
  );
  return all;
}

/** As `sharedLabels`, together with the class taught for each picture. */
export async function sharedObjectLabels(
  crew: Crew,
  samples: readonly Sample[],
  size: number,
  own: ObjectLabels | undefined,
): Promise<ObjectLabels | undefined> {
  const labels = await sharedLabels(crew, samples, size, own?.labels);
  if (!labels) return undefined;
  const classes = new Map<string, number>();
  await crew.gather(
    samples.length,
    1,
    (place) => {
      const one = own?.classes.get(samples[place].path);
      return one === undefined ? undefined : [one];
    },
    (place, [one]) => classes.set(samples[place].path, one),
  );
  const { values } = await crew.agree({ values: [own?.denied ?? 0] });
  return { classes, labels, denied: values[0] };
}
