/** The agreement of two models that predict the same images. */
export interface Agreement {
  readonly images: number;
  /** Number of images for which both predict the same class; ties go to the first class. */
  readonly agreeing: number;
  /**
   * The largest difference between two probabilities of one class and image, in [0, 1]; 0: equal to the bit.
   */
  readonly largestDifference: number;
}

/**
 * Compares two models' probabilities for the same images.
 * @param a `[images, classes]`, row by row
 * @param b the other model's, of the same images and classes in the same order
 * @param classes number of classes, >= 1
 * @throws when there are no images, the lengths differ or are not whole rows, or a probability is NaN
 * @example
 * ```ts
 * import { agreement } from 'high-res-mapping/metrics';
 *
 * const half = [0.75, 0.25, 0.25, 0.75]; // of 2 images and 2 classes
 * const full = [0.75, 0.25, 0.625, 0.375];
 * console.log(agreement(half, full, 2)); //=> { images: 2, agreeing: 1, largestDifference: 0.375 }
 * ```
 */
export function agreement(a: ArrayLike<number>, b: ArrayLike<number>, classes: number): Agreement {
  if (a.length !== b.length) {
    throw new Error(`agreement: as many probabilities of both models, got ${a.length} and ${b.length}`);
  }
  if (!(Number.isInteger(classes) && classes >= 1) || a.length === 0 || a.length % classes !== 0) {
    throw new Error(
      `agreement: needs ${classes} probabilities an image and at least one image, got ${a.length}`,
    );
  }
  const images = a.length / classes;
  let agreeing = 0;
  let largestDifference = 0;
  for (let i = 0; i < images; i++) {
    const from = i * classes;
    let [bestOfA, bestOfB] = [from, from];
    for (let at = from; at < from + classes; at++) {
      const difference = Math.abs(a[at] - b[at]);
      if (Number.isNaN(difference)) {
        throw new Error(`agreement: probabilities must not be NaN, image ${i} has ${a[at]} and ${b[at]}`);
      }
      largestDifference = Math.max(largestDifference, difference);
      if (a[at] > a[bestOfA]) bestOfA = at;
      if (b[at] > b[bestOfB]) bestOfB = at;
    }
    if (bestOfA === bestOfB) agreeing++;
  }
  return { images, agreeing, largestDifference };
}
