import { printableLines } from '../text/printable.ts';

/**
 * Makes `console.log` and `console.error` escape control characters: a terminal would execute those in the
 * names of files and classes.
 */
export function makeConsolePrintable(): void {
  for (const name of ['log', 'error'] as const) {
    const print = console[name];
    console[name] = (...values: unknown[]) =>
      print(...values.map((value) => (typeof value === 'string' ? printableLines(value) : value)));
  }
}
