/** Groups of a model's classes that count as one class. */

/** For each group, the indices of its classes, at least one. No class is in two groups. */
export type ClassGroups = readonly (readonly number[])[];

/**
 * The most probable class of a group; the first of equal ones.
 * @param row probabilities by class
 */
export function strongestOf(row: ArrayLike<number>, group: readonly number[]): number {
  return group.reduce((best, index) => (row[index] > row[best] ? index : best));
}

/**
 * The probability of each group: that of its most probable class. The most probable class is then always in
 * the most probable group, which a sum over classes would not guarantee. The probabilities of the groups do
 * not add up to 1.
 * @param row probabilities by class
 */
export function groupProbabilities(row: ArrayLike<number>, groups: ClassGroups): number[] {
  return groups.map((group) => row[strongestOf(row, group)]);
}
