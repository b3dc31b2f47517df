/** Which predictions are wrong: the mistakes that recur, and those made with the most confidence. */
import type { ClassificationReport } from './classification.ts';

/** A wrong prediction that recurs. */
export interface Confusion {
  readonly truth: string;
  readonly predicted: string;
  readonly count: number;
  /** Of the images of the true class, in [0, 1]. */
  readonly share: number;
}

/** The most frequent wrong predictions, most images first, at the same number the larger share. */
export function worstConfusions(
  { confusion, classes }: ClassificationReport,
  most: number,
): readonly Confusion[] {
  return confusion
    .flatMap((row, t) =>
      row.flatMap((count, p) =>
        t === p || count === 0
          ? []
          : [
              {
                truth: classes[t].name,
                predicted: classes[p].name,
                count,
                share: count / classes[t].support,
              },
            ],
      ),
    )
    .sort((a, b) => b.count - a.count || b.share - a.share)
    .slice(0, most);
}

/**
 * The images predicted wrong with the most confidence, `p[predicted] - p[true]`; worst first, of equal ones the first image.
 * @param labels the true class indices, whole numbers from 0 to `classes - 1`
 * @param predictions the predicted ones, as many
 * @param probabilities `[images, classes]`, one row after the other
 * @param most so many at most
 * @returns places of images, from 0
 */
export function worstMistakes(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  classes: number,
  most: number,
): readonly number[] {
  const confidence = (i: number): number =>
    probabilities[i * classes + predictions[i]] - probabilities[i * classes + labels[i]];
  return Array.from(labels, (_, i) => i)
    .filter((i) => labels[i] !== predictions[i])
    .sort((a, b) => confidence(b) - confidence(a))
    .slice(0, most);
}
