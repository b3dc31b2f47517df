/**
 * A function that remembers its last call: with the very same arguments (`===`) it returns the same result, without
 * computing it again.
 */
export function remember<A extends readonly unknown[], R>(compute: (...args: A) => R): (...args: A) => R {
  let last: { readonly args: A; readonly result: R } | undefined;
  return (...args) => {
    const same = last?.args.length === args.length && args.every((arg, i) => arg === last?.args[i]);
    if (last === undefined || !same) last = { args, result: compute(...args) };
    return last.result;
  };
}
