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
// Imported late: with too low a limit of open files, the import itself fails with an unclear error.
const { failure, runCommand } = await import('./run.ts');

// The reader of the output may close it early, as `head` does.
process.stdout.on('error', () => process.exit(failure));
makeConsolePrintable();
process.exitCode = await runCommand(process.argv.slice(2));
