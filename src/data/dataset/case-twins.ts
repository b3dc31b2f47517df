import { nfc } from '../../text/nfc.ts';
import { groupBy } from './group-by.ts';

/** The names that differ by letter case alone, those of one word together; names without such another are left out. */
export function caseTwins(names: readonly string[]): string[][] {
  return [...groupBy(names, caseless).values()].filter((group) => group.length > 1);
}

/** Whether two names differ by letter case or Unicode's form at most. */
export function sameButCase(a: string, b: string): boolean {
  return caseless(a) === caseless(b);
}

function caseless(name: string): string {
  return nfc(nfc(name).toLowerCase());
}
