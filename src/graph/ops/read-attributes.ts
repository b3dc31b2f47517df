/**
 * What the `read` rules of operators share: attributes that may be left out in ONNX, or be given in two ways.
 */
import type { Attributes, ReadAttributes } from '../operator.ts';

/**
 * A `read` rule from a table of defaults: each attribute as given, else its default.
 * @param fixed attributes that the project's form lacks, with the only value that is accepted
 */
export function withDefaults<A extends Attributes>(
  op: string,
  defaults: A,
  fixed: Attributes = {},
): ReadAttributes<A> {
  return (given) => {
    checkKnown(op, given, [...Object.keys(defaults), ...Object.keys(fixed)]);
    for (const [name, value] of Object.entries(fixed)) {
      if (given[name] !== undefined && String(given[name]) !== String(value)) {
        throw new Error(`${op}: ${name} must be ${String(value)} here, got ${String(given[name])}`);
      }
    }
    for (const [name, value] of Object.entries(defaults)) {
      const own = given[name];
      if (own !== undefined && value !== undefined && typeof own !== typeof value) {
        throw new Error(`${op}: ${name} must be of the kind of ${String(value)}, got ${String(own)}`);
      }
    }
    const pairs = Object.entries(defaults).map(([name, value]) => [name, given[name] ?? value]);
    return Object.fromEntries(pairs) as A;
  };
}

/** @throws when a node has an attribute with another name than these */
export function checkKnown(op: string, given: Attributes, names: readonly string[]): void {
  const foreign = Object.keys(given).find((name) => !names.includes(name));
  if (foreign !== undefined) throw new Error(`${op}: attribute '${foreign}' is not known here`);
}

/**
 * A list of numbers; undefined where the node lacks it.
 * @throws when it is not a list
 */
export function listOf(op: string, given: Attributes, name: string): readonly number[] | undefined {
  const value = given[name];
  if (value === undefined || Array.isArray(value)) return value as readonly number[] | undefined;
  throw new Error(`${op}: ${name} must be a list of numbers, got ${String(value)}`);
}

/**
 * A number; undefined where the node lacks it.
 * @throws when it is not a number
 */
export function numberOf(op: string, given: Attributes, name: string): number | undefined {
  const value = given[name];
  if (value === undefined || typeof value === 'number') return value;
  throw new Error(`${op}: ${name} must be a number, got ${String(value)}`);
}

/** The rule `read` without the attributes named, which have no effect here. */
export function ignoring<A extends Attributes>(
  names: readonly string[],
  read: ReadAttributes<A>,
): ReadAttributes<A> {
  return (given, inputs) => {
    const kept = Object.entries(given).filter(([name]) => !names.includes(name));
    return read(Object.fromEntries(kept), inputs);
  };
}

/**
 * A number for which ONNX has no default.
 * @throws when it is missing
 */
export function required(op: string, given: Attributes, name: string): number {
  const value = given[name];
  if (typeof value !== 'number') throw new Error(`${op}: attribute '${name}' (a number) is needed`);
  return value;
}
