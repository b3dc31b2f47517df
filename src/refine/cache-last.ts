/** A function that caches its last call: with identical arguments (`===`) it returns the cached result. */
export function cacheLast<A extends readonly unknown[], R>(compute: (...args: A) => R): (...args: A) => R {
  let last: { readonly args: A; readonly result: R } | undefined;
  return (...args) => {
    const same = last?.args.length === args.length && args.every((arg, i) => arg === last?.args[i]);
    if (last === undefined || !same) last = { args, result: compute(...args) };
    return last.result;
  };
}
