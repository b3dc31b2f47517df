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

/** An image and what was predicted of it. */
export interface Predicted {
  /** Class index. */
  readonly label: number;
  /** Class index. */
  readonly prediction: number;
  /** By class. */
  readonly probabilities: ArrayLike<number>;
}

/** The images predicted wrong with the most confidence, `p[prediction] - p[label]`; worst first, of equal ones the first image. */
export function worstMistakes<T extends Predicted>(images: readonly T[], most: number): T[] {
  const confidence = ({ label, prediction, probabilities }: T): number =>
    probabilities[prediction] - probabilities[label];
  return images
    .filter(({ label, prediction }) => label !== prediction)
    .sort((a, b) => confidence(b) - confidence(a))
    .slice(0, most);
}
