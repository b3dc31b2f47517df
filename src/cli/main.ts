#!/usr/bin/env node
/** `hrm`. */
import { printableLines } from '../text/printable.ts';
import { failure, runCommand } from './run.ts';

// Whoever reads the output may stop early, as `head` does.
process.stdout.on('error', () => process.exit(failure));
// Names of files and classes come from anywhere, and a terminal obeys control characters.
for (const name of ['log', 'error'] as const) {
  const print = console[name];
  console[name] = (...values: unknown[]) =>
    print(...values.map((value) => (typeof value === 'string' ? printableLines(value) : value)));
}
process.exitCode = await runCommand(process.argv.slice(2));
