/** The rank of the true class among the predictions. */

/**
 * The rank of each image's true class, from 1: one more than the number of classes that are more probable, or
 * equally probable with a smaller index. So rank 1 is the prediction of `classify`, where ties go to the
 * first class.
 * @param labels the true class indices, whole numbers from 0 to `classes - 1`
 * @param probabilities `[images, classes]`, row by row; any scores are allowed
 * @throws when there are no images, the numbers of rows and labels differ, an index is not that of a class,
 * or a score is NaN
 * @example
 * ```ts
 * import { trueClassRanks } from 'high-res-mapping/metrics';
 *
 * const probabilities = [0.5, 0.25, 0.25, 0.125, 0.625, 0.25]; // of 2 images and 3 classes
 * console.log(trueClassRanks([0, 2], probabilities, 3)); //=> [ 1, 2 ]
 * ```
 */
export function trueClassRanks(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  classes: number,
): number[] {
  if (labels.length === 0) throw new Error('trueClassRanks: needs at least one image, got none');
  if (probabilities.length !== labels.length * classes) {
    throw new Error(
      `trueClassRanks: ${labels.length} images of ${classes} classes need ${labels.length * classes} probabilities, got ${probabilities.length}`,
    );
  }
  return Array.from(labels, (label, i) => {
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new Error(
        `trueClassRanks: classes must be whole numbers from 0 to ${classes - 1}, image ${i} has ${label}`,
      );
    }
    const own = probabilities[i * classes + label];
    let rank = 1;
    for (let c = 0; c < classes; c++) {
      const other = probabilities[i * classes + c];
      if (Number.isNaN(other))
        throw new Error(`trueClassRanks: probabilities must not be NaN, image ${i} has NaN`);
      if (other > own || (other === own && c < label)) rank++;
    }
    return rank;
  });
}

/**
 * Share of the images whose true class is among the `k` most probable; of equally probable classes, the first
 * ranks higher. Source: scikit-learn, `top_k_accuracy_score`, where the last ranks higher.
 * @param labels the true class indices, whole numbers from 0 to `classes - 1`
 * @param probabilities `[images, classes]`, row by row; any scores are allowed
 * @param k a whole number >= 1; with all classes the share is 1
 * @returns in [0, 1]
 * @throws as `trueClassRanks` does, and for another `k`
 * @example
 * ```ts
 * import { topKAccuracy } from 'high-res-mapping/metrics';
 *
 * const probabilities = [0.5, 0.25, 0.25, 0.125, 0.625, 0.25]; // of 2 images and 3 classes
 * console.log(topKAccuracy([0, 2], probabilities, 3, 1)); //=> 0.5
 * console.log(topKAccuracy([0, 2], probabilities, 3, 2)); //=> 1
 * ```
 */
export function topKAccuracy(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  classes: number,
  k: number,
): number {
  if (!(Number.isInteger(k) && k >= 1)) {
    throw new Error(`topKAccuracy: k must be a whole number >= 1, got ${k}`);
  }
  const ranks = trueClassRanks(labels, probabilities, classes);
  return ranks.filter((rank) => rank <= k).length / ranks.length;
}
