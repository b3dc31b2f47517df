/** Analyses wrong predictions: the most frequent ones, and the most confident ones. */
import type { ClassificationReport } from './classification.ts';

/** A pair of classes that is confused. */
export interface Confusion {
  readonly truth: string;
  readonly predicted: string;
  readonly count: number;
  /** Share of the images of the true class, in [0, 1]. */
  readonly share: number;
}

/** The most frequent wrong predictions, by number of images, then by share. */
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

/** An image with its prediction. */
export interface Predicted {
  /** Class index. */
  readonly label: number;
  /** Class index. */
  readonly prediction: number;
  /** One for each class. */
  readonly probabilities: ArrayLike<number>;
}

/**
 * The most confident wrong predictions, by `p[prediction] - p[label]`, highest first; ties in the order of
 * the images.
 */
export function worstMistakes<T extends Predicted>(images: readonly T[], most: number): T[] {
  const confidence = ({ label, prediction, probabilities }: T): number =>
    probabilities[prediction] - probabilities[label];
  return images
    .filter(({ label, prediction }) => label !== prediction)
    .sort((a, b) => confidence(b) - confidence(a))
    .slice(0, most);
}
