#!/usr/bin/env node
/** `hrm`. */
import { failure, runCommand } from './run.ts';

// Whoever reads the output may stop early, as `head` does.
process.stdout.on('error', () => process.exit(failure));
process.exitCode = await runCommand(process.argv.slice(2));
