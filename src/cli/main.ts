#!/usr/bin/env node
/** `hrm`: parses, calls a command, prints. Exit code 2: wrong usage; 1: a failure. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { evaluateCommand } from './evaluate.ts';
import { explainCommand } from './explain.ts';
import { refineCommand } from './refine.ts';
import { summaryCommand } from './summary.ts';
import { synthCommand } from './synth.ts';
import { trainCommand } from './train.ts';

const wrongUsage = 2;
const failure = 1;

async function main(given: readonly string[]): Promise<number> {
  // Of every command, wherever it stands.
  const args = given.filter((arg) => arg !== '--verbose');
  const program = new Command('hrm')
    .description('High-resolution class activation mapping: train a classifier, see where the evidence lies.')
    .version(version(), '--version')
    .option('--verbose', 'print where an error came from')
    .showHelpAfterError('(hrm --help and hrm COMMAND --help explain)');
  const commands = [
    synthCommand,
    trainCommand,
    evaluateCommand,
    explainCommand,
    refineCommand,
    summaryCommand,
  ];
  for (const make of commands) program.addCommand(make());
  everyCommand(program, (command) => command.exitOverride().showHelpAfterError(false));
  try {
    await program.parseAsync(args.map(toKebabCase), { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : wrongUsage;
    const { message, stack } = error as Error;
    console.error(`error: ${message}`);
    if (args.length < given.length) console.error(stack);
    return failure;
  }
}

function everyCommand(command: Command, change: (command: Command) => void): void {
  change(command);
  for (const child of command.commands) everyCommand(child, change);
}

/** The reference writes `--data_dir`; both ways are options here. Values stay as they are. */
function toKebabCase(arg: string): string {
  if (!/^--[a-z]/.test(arg)) return arg;
  const [name, ...value] = arg.split('=');
  return [name.replaceAll('_', '-'), ...value].join('=');
}

function version(): string {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;
}

process.exitCode = await main(process.argv.slice(2));
