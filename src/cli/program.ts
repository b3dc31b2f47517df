/** The command line: the commands and their options. */
import { existsSync } from 'node:fs';
import { Command, Option } from 'commander';
import { configName } from './config-file.ts';
import { version } from './version.ts';

/**
 * All commands by name, in the order of the help. Loading code takes most of the start-up time, so each
 * command is loaded only when needed.
 */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  synth: async () => (await import('./synth.ts')).synthCommand(),
  data: async () => (await import('./data.ts')).dataCommand(),
  train: async () => (await import('./train.ts')).trainCommand(),
  evaluate: async () => (await import('./evaluate.ts')).evaluateCommand(),
  localise: async () => (await import('./localise.ts')).localiseCommand(),
  explain: async () => (await import('./explain.ts')).explainCommand(),
  merge: async () => (await import('./merge.ts')).mergeCommand(),
  refine: async () => (await import('./refine.ts')).refineCommand(),
  serve: async () => (await import('./serve.ts')).serveCommand(),
  summary: async () => (await import('./summary.ts')).summaryCommand(),
  memory: async () => (await import('./memory.ts')).memoryCommand(),
  convert: async () => (await import('./convert.ts')).convertCommand(),
  import: async () => (await import('./import.ts')).importCommand(),
  'check-weights': async () => (await import('./check-weights.ts')).checkWeightsCommand(),
  devices: async () => (await import('./devices.ts')).devicesCommand(),
  options: async () => (await import('./options-command.ts')).optionsCommand(),
};

/** @param names the commands to include; default: all */
export async function hrmProgram(names: readonly string[] = Object.keys(commands)): Promise<Command> {
  const program = new Command('hrm')
    .description('High-resolution class activation mapping: train a classifier, see where the evidence lies.')
    .version(version(), '--version')
    .addOption(
      new Option('--config <file>', `file with option values, instead of ${configName} in this folder`).env(
        'HRM_CONFIG',
      ),
    )
    .option('--verbose', 'print the stack trace of an error');
  for (const name of names) program.addCommand(await commands[name]());
  return program;
}

/** The commands that a command line needs: its own, or all when help or a project file may mention others. */
export function neededCommands(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): readonly string[] | undefined {
  const [name] = args;
  if (name === '--version' && args.length === 1) return [];
  if (name === undefined || !Object.hasOwn(commands, name) || name === 'options') return undefined;
  const named = Boolean(env.HRM_CONFIG) || args.some((arg) => arg.startsWith('--config'));
  return named || existsSync(configName) ? undefined : [name];
}

/** Applies a change to a command and all its sub-commands. */
export function everyCommand(command: Command, change: (command: Command) => void): void {
  change(command);
  for (const child of command.commands) everyCommand(child, change);
}
