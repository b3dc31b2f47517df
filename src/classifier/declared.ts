/** What files beside a classifier, and its own metadata, declare. */
import type { Preprocessing } from './preprocessing.ts';

/** What is not declared is left out. */
export interface Declared extends DeclaredFields {
  /** For each field, the file or metadata that declares it. */
  readonly from?: Readonly<Partial<Record<keyof DeclaredFields, string>>>;
}

export interface DeclaredFields {
  readonly classes?: readonly string[];
  readonly preprocessing?: Preprocessing;
  /** Height and width, in pixels. */
  readonly size?: number;
  /** The share of the shorter side that training used. */
  readonly crop?: number;
  /** Whether a picture may have several classes: probabilities are sigmoids. */
  readonly multiLabel?: boolean;
}

/** @param from the file or metadata that declares them */
export function declaredBy(fields: DeclaredFields, from: string): Declared {
  const said = Object.entries(fields).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(said), from: Object.fromEntries(said.map(([key]) => [key, from])) };
}

/** Merges declarations: for each field, the first one that has it. */
export function mergeDeclared(all: readonly Declared[]): Declared {
  const rest = all.toReversed();
  return Object.assign({}, ...rest, { from: Object.assign({}, ...rest.map(({ from }) => from)) });
}
