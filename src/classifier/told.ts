/** What files beside a classifier, and its own metadata, say of it. */
import type { Preprocessing } from './preprocessing.ts';

/** What is not said is left out. */
export interface Told {
  readonly classes?: readonly string[];
  readonly preprocessing?: Preprocessing;
  /** Height and width, in pixels. */
  readonly size?: number;
  /** The share of the shorter side that training saw. */
  readonly crop?: number;
  /** Whether several classes may hold at once: probabilities are sigmoids. */
  readonly multiLabel?: boolean;
  /** For each of these, which file or metadata said it. */
  readonly from?: Readonly<
    Partial<Record<'classes' | 'preprocessing' | 'size' | 'crop' | 'multiLabel', string>>
  >;
}
