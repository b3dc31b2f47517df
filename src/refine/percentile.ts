/**
 * The value below which `percent` % of the values lie, interpolated linearly between the two neighbours in rank.
 * Source: `numpy.percentile(values, percent)`, method 'linear' (number 7 of Hyndman and Fan, 1996).
 * @param percent in [0, 100]
 * @throws when there are no values, or `percent` lies outside its range.
 */
export function percentile(values: ArrayLike<number>, percent: number): number {
  if (values.length === 0) throw new Error('percentile: needs at least one value, got none');
  if (!(percent >= 0 && percent <= 100)) {
    throw new Error(`percentile: percent is in [0, 100], got ${percent}`);
  }
  const sorted = values instanceof Float32Array ? values.slice() : new Float64Array(values);
  const rank = (percent / 100) * (sorted.length - 1);
  const k = Math.floor(rank);
  const t = rank - k;
  const low = select(sorted, k);
  if (t === 0) return low;
  let high = sorted[k + 1];
  for (let i = k + 2; i < sorted.length; i++) if (sorted[i] < high) high = sorted[i];
  // From the nearer end, so that the result never leaves [low, high].
  return t < 0.5 ? low + (high - low) * t : high - (high - low) * (1 - t);
}

/**
 * Puts the value of rank `k` (0 is the smallest) at place `k`, none greater before it, none smaller after it, and returns it.
 * Reorders `values`. Source: Hoare, *Algorithm 65: Find*, 1961; the pivot is the median of three.
 */
export function select(values: Float32Array | Float64Array, k: number): number {
  let from = 0;
  let to = values.length - 1;
  while (from < to) {
    const a = values[from];
    const b = values[(from + to) >>> 1];
    const c = values[to];
    const pivot = Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    let i = from;
    let j = to;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i <= j) {
        const value = values[i];
        values[i++] = values[j];
        values[j--] = value;
      }
    }
    if (k <= j) to = j;
    else if (k >= i) from = i;
    else break;
  }
  return values[k];
}
