/** What the `read` rules of operators share: attributes that ONNX lets be left out, or be said in two ways. */
import type { Attributes, ReadAttributes } from '../operator.ts';

/**
 * A rule by a table of defaults: each attribute as it is given, or else its default.
 * @param fixed attributes that are no part of the project's form, with the one value that they may have
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
        throw new Error(`${op}: ${name} is ${String(value)} here, got ${String(given[name])}`);
      }
    }
    for (const [name, value] of Object.entries(defaults)) {
      const own = given[name];
      if (own !== undefined && value !== undefined && typeof own !== typeof value) {
        throw new Error(`${op}: ${name} is of the kind of ${String(value)}, got ${String(own)}`);
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

/** A list of numbers, where the node has it. @throws when it is none */
export function listOf(op: string, given: Attributes, name: string): readonly number[] | undefined {
  const value = given[name];
  if (value === undefined || Array.isArray(value)) return value as readonly number[] | undefined;
  throw new Error(`${op}: ${name} is a list of numbers, got ${String(value)}`);
}

/** A number, where the node has it. @throws when it is none */
export function numberOf(op: string, given: Attributes, name: string): number | undefined {
  const value = given[name];
  if (value === undefined || typeof value === 'number') return value;
  throw new Error(`${op}: ${name} is a number, got ${String(value)}`);
}

/** A rule for what is left without the attributes of these names, which change nothing here. */
export function ignoring<A extends Attributes>(
  names: readonly string[],
  read: ReadAttributes<A>,
): ReadAttributes<A> {
  return (given, inputs) => {
    const kept = Object.entries(given).filter(([name]) => !names.includes(name));
    return read(Object.fromEntries(kept), inputs);
  };
}

/** A number that ONNX has no default for. @throws when it is missing */
export function required(op: string, given: Attributes, name: string): number {
  const value = given[name];
  if (typeof value !== 'number') throw new Error(`${op}: attribute '${name}' (a number) is needed`);
  return value;
}
