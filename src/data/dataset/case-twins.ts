import { nfc } from '../../text/nfc.ts';
import { groupBy } from './group-by.ts';

/** Groups of names that differ only in letter case. Names without such a twin are left out. */
export function caseTwins(names: readonly string[]): string[][] {
  return [...groupBy(names, caseless).values()].filter((group) => group.length > 1);
}

/** Whether two names are equal up to letter case and Unicode normalisation. */
export function sameButCase(a: string, b: string): boolean {
  return caseless(a) === caseless(b);
}

function caseless(name: string): string {
  return nfc(nfc(name).toLowerCase());
}
