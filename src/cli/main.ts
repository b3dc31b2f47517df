#!/usr/bin/env node
/**
 * `hrm`: parses, calls a command, prints. Exit code 2: wrong usage, as the command line, the environment and the project file
 * alone show; 1: a failure; another, such as after Ctrl-C, the command sets itself.
 */
import { CommanderError } from 'commander';
import { firstLine } from '../errors/first-line.ts';
import { useDefaults } from './defaults.ts';
import { settleDevice } from './device.ts';
import { everyCommand, hrmProgram } from './program.ts';

const wrongUsage = 2;
const failure = 1;

async function main(given: readonly string[]): Promise<number> {
  const program = hrmProgram();
  const args = kebabCase(given);
  // Help is there even where the project file is wrong.
  if (!args.includes('--help') && !args.includes('-h')) useDefaults(program, process.env);
  program.hook('preAction', (_, command) => settleDevice(command));
  everyCommand(program, (command) =>
    command
      .exitOverride()
      .configureHelp({ showGlobalOptions: true })
      .configureOutput({ outputError: (text, write) => write(`${text.trim().replaceAll('\n', ' ')}\n`) }),
  );
  try {
    await program.parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : wrongUsage;
    console.error(`error: ${firstLine(error)}`);
    if (program.opts().verbose) console.error(error);
    return failure;
  }
}

/** The reference writes `--data_dir`; both ways are options here. Values, and all that follows `--`, stay as they are. */
function kebabCase(args: readonly string[]): string[] {
  const end = args.indexOf('--');
  return args.map((arg, i) =>
    end >= 0 && i > end ? arg : arg.replace(/^--[a-z][^=]*/, (name) => name.replaceAll('_', '-')),
  );
}

// Whoever reads the output may stop early, as `head` does.
process.stdout.on('error', () => process.exit(failure));
process.exitCode = await main(process.argv.slice(2));
