/** How well predictions match labels, one label an image. */

/** Shares in [0, 1]; 0 where the denominator is 0. */
export interface Scores {
  /** Precision, `TP / (TP + FP)`: of the images predicted as the class, the share that belongs to it. */
  precision: number;
  /** Recall, `TP / (TP + FN)`: of the images of the class, the share predicted as it. */
  recall: number;
  /** Harmonic mean of both, `2 TP / (2 TP + FP + FN)`. */
  f1: number;
}

export interface ClassScores extends Scores {
  name: string;
  /** Number of images of the class. */
  support: number;
}

/** Accuracy, scores and confusion matrix of a set of predictions. */
export interface ClassificationReport {
  /** Share of the images predicted right. */
  accuracy: number;
  /** Over all decisions; with one label an image, all three equal the accuracy. */
  micro: Scores;
  /** The unweighted mean over the classes that occur among labels or predictions. */
  macro: Scores;
  /** One entry for each class, in order, including classes without images and predictions. */
  classes: ClassScores[];
  /** Entry `[t][p]`: number of images of class t predicted as class p. */
  confusion: number[][];
}

/**
 * Accuracy, precision, recall, F1 and the confusion matrix. Source: scikit-learn,
 * `precision_recall_fscore_support(..., zero_division=0)` with its default for the labels: the macro average
 * leaves out classes that occur neither among labels nor among predictions.
 * @param labels the true class indices, whole numbers from 0 to `classes.length - 1`
 * @param predictions the predicted class indices, equally many
 * @param classes the names
 * @throws when there are no images, the lengths differ, or an index is not that of a class
 * @example
 * ```ts
 * import { classificationReport } from 'high-res-mapping/metrics';
 *
 * const report = classificationReport([0, 0, 1, 1], [0, 1, 1, 1], ['cat', 'dog']);
 * console.log(report.accuracy); //=> 0.75
 * console.log(report.confusion); //=> [ [ 1, 1 ], [ 0, 2 ] ]
 * const [cat, dog] = report.classes;
 * console.log(cat.recall, dog.recall, dog.precision.toFixed(3)); //=> 0.5 1 0.667
 * ```
 */
export function classificationReport(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  classes: readonly string[],
): ClassificationReport {
  if (labels.length !== predictions.length) {
    throw new Error(
      `classificationReport: as many predictions as labels, got ${predictions.length} and ${labels.length}`,
    );
  }
  if (labels.length === 0) throw new Error('classificationReport: needs at least one image, got none');
  const n = classes.length;
  const confusion = Array.from({ length: n }, () => new Array<number>(n).fill(0));
  for (let i = 0; i < labels.length; i++) {
    for (const index of [labels[i], predictions[i]]) {
      if (!Number.isInteger(index) || index < 0 || index >= n) {
        throw new Error(
          `classificationReport: classes must be whole numbers from 0 to ${n - 1}, image ${i} has ${index}`,
        );
      }
    }
    confusion[labels[i]][predictions[i]]++;
  }

  const hits = classes.map((_, c) => confusion[c][c]);
  const support = confusion.map(sum);
  const predicted = classes.map((_, c) => sum(confusion.map((row) => row[c])));
  const perClass = classes.map((name, c) => ({
    name,
    ...scores(hits[c], predicted[c], support[c]),
    support: support[c],
  }));
  const occurring = perClass.filter((_, c) => support[c] + predicted[c] > 0);
  const mean = (key: keyof Scores): number => sum(occurring.map((s) => s[key])) / occurring.length;
  return {
    accuracy: sum(hits) / labels.length,
    micro: scores(sum(hits), labels.length, labels.length),
    macro: { precision: mean('precision'), recall: mean('recall'), f1: mean('f1') },
    classes: perClass,
    confusion,
  };
}

/** The indices of the classes that have images or predictions. */
export function occurringClasses({ confusion }: Pick<ClassificationReport, 'confusion'>): number[] {
  return confusion.flatMap((row, c) => (sum(row) + sum(confusion.map((other) => other[c])) > 0 ? [c] : []));
}

function scores(hits: number, predicted: number, support: number): Scores {
  const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
  return {
    precision: share(hits, predicted),
    recall: share(hits, support),
    f1: share(2 * hits, predicted + support),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
