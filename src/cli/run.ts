/** One run of `hrm`: parses the arguments, runs a command, returns the exit code. */
import { setTimeout } from 'node:timers/promises';
import { CommanderError } from 'commander';
import { firstLine } from '../errors/first-line.ts';
import { launchOf, reportsErrors } from '../runtime/mpi/launcher.ts';
import { printable } from '../text/printable.ts';
import { useDefaults } from './defaults.ts';
import { settleDevice } from './device.ts';
import { everyCommand, hrmProgram, neededCommands } from './program.ts';

const wrongUsage = 2;
/** Milliseconds that a silent rank waits after its failure before it exits. */
const silence = 1000;
/** The exit code of a failure. */
export const failure = 1;

/**
 * Runs the command that the arguments name.
 * @param given the command line without `node` and the program
 * @returns the exit code: 2 for wrong usage, as shown by the command line, the environment and the project
 * file alone; 1 for a failure; others, such as after Ctrl-C, are set by the command
 */
export async function runCommand(given: readonly string[]): Promise<number> {
  const args = kebabCase(given);
  const program = await hrmProgram(neededCommands(args, process.env));
  // All ranks of a training fail alike, so only one rank of each machine prints the error.
  const speaks = args[0] !== 'train' || reportsErrors(launchOf());
  // Help must work even with an invalid project file.
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
    // A launcher ends all ranks at the first failure, so the rank that prints must exit first.
    if (!speaks) await setTimeout(silence);
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : wrongUsage;
    if (speaks) console.error(`error: ${printable(firstLine(error))}`);
    if (program.opts().verbose) console.error(error);
    return failure;
  }
}

/**
 * Converts `--data_dir`, as the reference implementation writes it, to `--data-dir`. Values, and everything
 * after `--`, are unchanged.
 */
function kebabCase(args: readonly string[]): string[] {
  const end = args.indexOf('--');
  return args.map((arg, i) =>
    end >= 0 && i > end ? arg : arg.replace(/^--[a-z][^=]*/, (name) => name.replaceAll('_', '-')),
  );
}
