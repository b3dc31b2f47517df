/** Gathers the features that each rank has computed on all ranks. */
import type { Sample } from '../../data/dataset/image-folder.ts';
import type { Crew } from '../../train/crew.ts';
import { FeatureTable } from './features.ts';

/**
 * @param samples the pictures that have features
 * @param width features of a picture
 * @param own this rank's features; undefined when it is stopped
 * @returns all features, in the samples' order; undefined when any rank is stopped
 */
export async function sharedFeatures(
  crew: Crew,
  samples: readonly Sample[],
  width: number,
  own: FeatureTable | undefined,
): Promise<FeatureTable | undefined> {
  if ((await crew.agree({ stopped: own === undefined })).stopped) return undefined;
  const all = new FeatureTable(width);
  const rows = own?.byPath() ?? new Map<string, Float32Array>();
  await crew.gather(
    samples.length,
    width,
    (place) => rows.get(samples[place].path),
    (place, row) => all.addRow(row.slice(), samples[place]),
  );
  return all;
}
