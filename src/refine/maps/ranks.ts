import { kernels } from './kernels.ts';
import { type Extremes, extremes } from './scale.ts';

/**
 * Values are counted in 1024 intervals of equal length between the extremes; the largest value may need one
 * more.
 */
const intervals = 1025;

/** The largest float32 number: used as a factor, it keeps the result for flat maps and tiny spans finite. */
const largestFloat = 2 ** 128 - 2 ** 104;

/**
 * Order statistics of values, computed on demand. The values are counted in intervals once; a rank then needs
 * only the few values of one interval, which are cached for neighbouring ranks.
 */
export class Ranks {
  readonly size: number;
  readonly #values: Float32Array;
  readonly #min: number;
  readonly #factor: number;
  /** The number of values in each interval. */
  readonly #counts: Int32Array;
  readonly #members: Map<number, Float32Array> = new Map();

  /**
   * @param values finite; not changed, and not to be changed while ranks are read
   * @param ends their extremes, if they are known
   * @throws when a value is not finite: it has no rank
   */
  constructor(values: Float32Array, { min, max }: Extremes = extremes(values)) {
    if (values.length > 0 && !(Number.isFinite(min) && Number.isFinite(max))) {
      throw new Error(`ranks: only finite values have ranks, these lie between ${min} and ${max}`);
    }
    this.size = values.length;
    this.#values = values;
    this.#min = min;
    this.#factor = Math.min((intervals - 1) / (max - min), largestFloat);
    const work = kernels.workspace();
    const counts = work.zeros(4 * 4 * intervals);
    work.run.countIntervals(work.put(values), counts, this.size, min, this.#factor);
    this.#counts = work.integers(counts, intervals);
  }

  /** The value of rank `k`: 0 is the smallest, `size - 1` the largest. */
  at(k: number): number {
    let interval = 0;
    let before = 0;
    while (before + this.#counts[interval] <= k) before += this.#counts[interval++];
    return select(this.#membersOf(interval), k - before);
  }

  /**
   * The value below which `percent` % of the values lie, interpolated linearly between the two neighbours in
   * rank.
   * Source: `numpy.percentile(values, percent)`, method 'linear' (number 7 of Hyndman and Fan, 1996).
   * @param percent in [0, 100]
   * @throws when there are no values, or `percent` is out of range
   */
  percentile(percent: number): number {
    if (this.size === 0) throw new Error('percentile: needs at least one value, got none');
    if (!(percent >= 0 && percent <= 100)) {
      throw new Error(`percentile: percent is in [0, 100], got ${percent}`);
    }
    const rank = (percent / 100) * (this.size - 1);
    const k = Math.floor(rank);
    const t = rank - k;
    const low = this.at(k);
    if (t === 0) return low;
    const high = this.at(k + 1);
    // From the nearer end, so that the result never leaves [low, high].
    return t < 0.5 ? low + (high - low) * t : high - (high - low) * (1 - t);
  }

  #membersOf(interval: number): Float32Array {
    let members = this.#members.get(interval);
    if (members === undefined) {
      const count = this.#counts[interval];
      const work = kernels.workspace();
      const out = work.room(4 * count);
      work.run.takeInterval(work.put(this.#values), out, this.size, this.#min, this.#factor, interval);
      members = work.floats(out, count);
      this.#members.set(interval, members);
    }
    return members;
  }
}

/**
 * Moves the value of rank `k` (0 is the smallest) to index `k`, with no greater value before it and no
 * smaller one after it, and returns it. Reorders `values`. Source: Hoare, *Algorithm 65: Find*, 1961; the
 * pivot is the median of three.
 */
export function select(values: Float32Array, k: number): number {
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
