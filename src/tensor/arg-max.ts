/** The index of the largest value; of equal ones, the first. -1 if any is NaN. */
export function argMax(values: Float32Array | Float64Array | readonly number[]): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const value of values) most = Math.max(most, value);
  return values.indexOf(most);
}
