/** Faithfulness of every method on a sample of images. */
import type { Sample } from '../../data/dataset/image-folder.ts';
import { mapAt } from '../../explain/images.ts';
import { type Faithfulness, faithfulness, meanFaithfulness } from '../../metrics/faithfulness.ts';
import { itemAt } from '../../tensor/batch.ts';
import { fullSize } from './measure.ts';
import type { MeasuredMethod, Opened } from './methods.ts';
import type { MeasuredPictures, PassOptions } from './pictures.ts';

/** Steps in which pixels are inserted into or deleted from each image. */
export const faithfulnessSteps = 32;

/**
 * The mean for each method.
 * @param samples labelled with the model's classes to explain
 * @param onDone called with the number of images done
 */
export async function faithfulnessOfAll(
  methods: readonly MeasuredMethod[],
  { half, model }: Opened,
  pictures: MeasuredPictures,
  samples: readonly Sample[],
  options: PassOptions,
  onDone: (done: number) => void,
): Promise<Faithfulness[]> {
  const each: Faithfulness[][] = methods.map(() => []);
  const passes = pictures.batches({ ...options, channels: model.channels }, () => {}, samples);
  let done = 0;
  for await (const { images, labels, truths } of passes) {
    const maps = [];
    for (const method of methods) maps.push(await method.maps(images, labels, truths));
    for (let i = 0; i < labels.length; i++) {
      for (const [m, method] of methods.entries()) {
        const found = await faithfulness(
          {
            image: itemAt(images, i),
            map: fullSize(mapAt(maps[m], i), options.imSize),
            classIndex: labels[i],
            predict: (several) => half.predict(several),
            mapOf: async (other) =>
              fullSize(mapAt(await method.maps(other, [labels[i]], [truths[i]]), 0), options.imSize),
          },
          { steps: faithfulnessSteps, batchSize: options.batchSize },
        );
        each[m].push(found);
      }
      onDone(++done);
    }
  }
  return each.map(meanFaithfulness);
}

/**
 * Indices of at most `most` items in ascending order: equally many of each label if possible, evenly spaced.
 */
export function evenlySpread(labels: readonly number[], most: number): number[] {
  const byLabel = new Map<number, number[]>();
  for (const [place, label] of labels.entries()) byLabel.set(label, [...(byLabel.get(label) ?? []), place]);
  const groups = [...byLabel.values()];
  const shares = groups.map(() => 0);
  for (let left = Math.min(most, labels.length); left > 0; ) {
    for (const [g, group] of groups.entries()) {
      if (left === 0 || shares[g] === group.length) continue;
      shares[g]++;
      left--;
    }
  }
  return groups
    .flatMap((group, g) =>
      Array.from({ length: shares[g] }, (_, i) => group[Math.floor(((i + 0.5) * group.length) / shares[g])]),
    )
    .sort((a, b) => a - b);
}
