/** One run of `hrm`: parses, calls a command, answers with the exit code. */
import { setTimeout } from 'node:timers/promises';
import { CommanderError } from 'commander';
import { firstLine } from '../errors/first-line.ts';
import { launchOf, reportsErrors } from '../runtime/mpi/launcher.ts';
import { printable } from '../text/printable.ts';
import { useDefaults } from './defaults.ts';
import { settleDevice } from './device.ts';
import { everyCommand, hrmProgram, neededCommands } from './program.ts';

const wrongUsage = 2;
/** Milliseconds for which a rank that says nothing outlives its failure. */
const silence = 1000;
export const failure = 1;

/**
 * Runs the command that the arguments name. Exit code 2: wrong usage, as the command line, the environment and the project file
 * alone show; 1: a failure; another, such as after Ctrl-C, the command sets itself.
 * @param given the command line without `node` and the program
 */
export async function runCommand(given: readonly string[]): Promise<number> {
  const args = kebabCase(given);
  const program = await hrmProgram(neededCommands(args, process.env));
  // Ranks of one training go wrong alike: one of a machine says it.
  const speaks = args[0] !== 'train' || reportsErrors(launchOf());
  // Help is there even where the project file is wrong.
  if (!args.includes('--help') && !args.includes('-h')) useDefaults(program, process.env);
  program.hook('preAction', (_, command) => settleDevice(command));
  everyCommand(program, (command) =>
    command
      .exitOverride()
      .configureHelp({ showGlobalOptions: true })
      .configureOutput({
        outputError: (text, write) => speaks && write(`${printable(text.trim().replaceAll('\n', ' '))}\n`),
      }),
  );
  try {
    await program.parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    // A launcher ends all ranks at the first failure: the one that speaks must come first.
    if (!speaks) await setTimeout(silence);
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : wrongUsage;
    if (speaks) console.error(`error: ${printable(firstLine(error))}`);
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
