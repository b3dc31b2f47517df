/** A function of `node:fs/promises` in another's place, for all that import it. */
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { onTestFinished } from 'vitest';

type Call = (...args: never[]) => unknown;

/** Until the test ends. @param replacement made from the function itself */
export function replaceInFs<N extends 'link' | 'readdir'>(name: N, replacement: (real: Call) => Call): void {
  const real = fs[name];
  const put = (one: unknown): void => {
    fs[name] = one as (typeof fs)[N];
    syncBuiltinESMExports();
  };
  put(replacement(real as Call));
  onTestFinished(() => put(real));
}

/** Folders whose path ends so cannot be listed, until the test ends. */
export function forbidListing(end: string): void {
  replaceInFs('readdir', (real) => (path: string, ...rest: never[]) => {
    if (!path.endsWith(end)) return real(path as never, ...rest);
    return Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' }));
  });
}
