#!/usr/bin/env node
/** `hrm`. */
import { fileURLToPath } from 'node:url';
import { neededFiles, openableFiles } from './open-files.ts';
import { makeConsolePrintable } from './printable-console.ts';

const openable = openableFiles(fileURLToPath(import.meta.url), neededFiles);
if (openable < neededFiles) {
  console.error(
    `error: ${openable} more files may be open here, ${neededFiles} are needed; raise the limit, as with 'ulimit -n 1024'`,
  );
  process.exit(1);
}
// Only now: where too few files may be open, loading it fails in words of Node's own.
const { failure, runCommand } = await import('./run.ts');

// Whoever reads the output may stop early, as `head` does.
process.stdout.on('error', () => process.exit(failure));
makeConsolePrintable();
process.exitCode = await runCommand(process.argv.slice(2));
