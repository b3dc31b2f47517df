import { printableLines } from '../text/printable.ts';

/** Makes `console.log` and `.error` escape control characters: names of files and classes come from anywhere, and a terminal obeys them. */
export function makeConsolePrintable(): void {
  for (const name of ['log', 'error'] as const) {
    const print = console[name];
    console[name] = (...values: unknown[]) =>
      print(...values.map((value) => (typeof value === 'string' ? printableLines(value) : value)));
  }
}
