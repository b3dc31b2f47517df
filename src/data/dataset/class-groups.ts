/** Classes of a model, several taken for one. */

/** Of each group: indices of its classes, at least one. No class is in two groups. */
export type ClassGroups = readonly (readonly number[])[];

/** The most probable class of a group; of equal ones, the first. @param row probabilities by class */
export function strongestOf(row: ArrayLike<number>, group: readonly number[]): number {
  return group.reduce((best, index) => (row[index] > row[best] ? index : best));
}

/**
 * The probability of each group: that of its most probable class. So the most probable group is that of the most probable class, which
 * a sum over the classes would not give. Groups' probabilities do not add up to 1.
 * @param row probabilities by class
 */
export function groupProbabilities(row: ArrayLike<number>, groups: ClassGroups): number[] {
  return groups.map((group) => row[strongestOf(row, group)]);
}
