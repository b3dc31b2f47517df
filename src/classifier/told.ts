/** What files beside a classifier, and its own metadata, say of it. */
import type { Preprocessing } from './preprocessing.ts';

/** What is not said is left out. */
export interface Told extends ToldFields {
  /** For each of these, which file or metadata said it. */
  readonly from?: Readonly<Partial<Record<keyof ToldFields, string>>>;
}

export interface ToldFields {
  readonly classes?: readonly string[];
  readonly preprocessing?: Preprocessing;
  /** Height and width, in pixels. */
  readonly size?: number;
  /** The share of the shorter side that training saw. */
  readonly crop?: number;
  /** Whether several classes may hold at once: probabilities are sigmoids. */
  readonly multiLabel?: boolean;
}

/** @param from which file or metadata says it */
export function toldBy(fields: ToldFields, from: string): Told {
  const said = Object.entries(fields).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(said), from: Object.fromEntries(said.map(([key]) => [key, from])) };
}

/** Of each thing, what the first one says that says it. */
export function mergeTold(all: readonly Told[]): Told {
  const rest = all.toReversed();
  return Object.assign({}, ...rest, { from: Object.assign({}, ...rest.map(({ from }) => from)) });
}
