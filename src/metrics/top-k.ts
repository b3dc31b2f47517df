/** How far down the true class stands among the probable ones. */

/**
 * The rank of each image's true class, from 1: how many classes are more probable, or equally so and of a smaller index, and itself.
 * So rank 1 is what `classify` predicts: of equal ones, the first.
 * @param labels the true class indices, whole numbers from 0 to `classes - 1`
 * @param probabilities `[images, classes]`, one row after the other; any scores will do
 * @throws when there is no image, the rows are not as many as the labels, an index is none of a class, or a score is no number
 */
export function trueClassRanks(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  classes: number,
): number[] {
  if (labels.length === 0) throw new Error('trueClassRanks: needs at least one image, got none');
  if (probabilities.length !== labels.length * classes) {
    throw new Error(
      `trueClassRanks: ${labels.length} images of ${classes} classes have ${labels.length * classes} probabilities, got ${probabilities.length}`,
    );
  }
  return Array.from(labels, (label, i) => {
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new Error(
        `trueClassRanks: classes are whole numbers from 0 to ${classes - 1}, image ${i} has ${label}`,
      );
    }
    const own = probabilities[i * classes + label];
    let rank = 1;
    for (let c = 0; c < classes; c++) {
      const other = probabilities[i * classes + c];
      if (Number.isNaN(other))
        throw new Error(`trueClassRanks: probabilities are numbers, image ${i} has NaN`);
      if (other > own || (other === own && c < label)) rank++;
    }
    return rank;
  });
}

/**
 * Share of the images whose true class is among the `k` most probable; of equal ones, the first count as more probable.
 * Source: scikit-learn, `top_k_accuracy_score`, where of equal ones the last do.
 * @param k a whole number >= 1; from the number of classes on, every image counts
 * @throws as `trueClassRanks` does, and for another `k`
 */
export function topKAccuracy(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  classes: number,
  k: number,
): number {
  if (!(Number.isInteger(k) && k >= 1)) {
    throw new Error(`topKAccuracy: k is a whole number >= 1, got ${k}`);
  }
  const ranks = trueClassRanks(labels, probabilities, classes);
  return ranks.filter((rank) => rank <= k).length / ranks.length;
}
