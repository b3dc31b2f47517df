#!/usr/bin/env node
/**
 * `hrm`: parses, calls a command, prints. Exit code 2: wrong usage, as the command line alone shows; 1: a failure; another,
 * such as after Ctrl-C, the command sets itself.
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { checkWeightsCommand } from './check-weights.ts';
import { convertCommand } from './convert.ts';
import { settleDevice } from './device.ts';
import { evaluateCommand } from './evaluate.ts';
import { explainCommand } from './explain.ts';
import { memoryCommand } from './memory.ts';
import { refineCommand } from './refine.ts';
import { summaryCommand } from './summary.ts';
import { synthCommand } from './synth.ts';
import { trainCommand } from './train.ts';

const wrongUsage = 2;
const failure = 1;

async function main(given: readonly string[]): Promise<number> {
  const program = new Command('hrm')
    .description('High-resolution class activation mapping: train a classifier, see where the evidence lies.')
    .version(version(), '--version')
    .option('--verbose', 'print where an error came from');
  const commands = [
    synthCommand,
    trainCommand,
    evaluateCommand,
    explainCommand,
    refineCommand,
    summaryCommand,
    memoryCommand,
    convertCommand,
    checkWeightsCommand,
  ];
  for (const make of commands) program.addCommand(make());
  program.hook('preAction', (_, command) => settleDevice(command));
  everyCommand(program, (command) =>
    command
      .exitOverride()
      .configureHelp({ showGlobalOptions: true })
      .configureOutput({ outputError: (text, write) => write(`${text.trim().replaceAll('\n', ' ')}\n`) }),
  );
  try {
    await program.parseAsync(kebabCase(given), { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : wrongUsage;
    console.error(`error: ${(error as Error).message.split('\n')[0]}`);
    if (program.opts().verbose) console.error(error);
    return failure;
  }
}

function everyCommand(command: Command, change: (command: Command) => void): void {
  change(command);
  for (const child of command.commands) everyCommand(child, change);
}

/** The reference writes `--data_dir`; both ways are options here. Values, and all that follows `--`, stay as they are. */
function kebabCase(args: readonly string[]): string[] {
  const end = args.indexOf('--');
  return args.map((arg, i) =>
    end >= 0 && i > end ? arg : arg.replace(/^--[a-z][^=]*/, (name) => name.replaceAll('_', '-')),
  );
}

function version(): string {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;
}

// Whoever reads the output may stop early, as `head` does.
process.stdout.on('error', () => process.exit(failure));
process.exitCode = await main(process.argv.slice(2));
