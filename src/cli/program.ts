/** The command line as a whole: its commands and the options of all of them. */
import { Command, Option } from 'commander';
import { checkWeightsCommand } from './check-weights.ts';
import { configName } from './config-file.ts';
import { convertCommand } from './convert.ts';
import { dataCommand } from './data.ts';
import { devicesCommand } from './devices.ts';
import { evaluateCommand } from './evaluate.ts';
import { explainCommand } from './explain.ts';
import { importCommand } from './import.ts';
import { localiseCommand } from './localise.ts';
import { memoryCommand } from './memory.ts';
import { mergeCommand } from './merge.ts';
import { optionsCommand } from './options-command.ts';
import { refineCommand } from './refine.ts';
import { serveCommand } from './serve.ts';
import { summaryCommand } from './summary.ts';
import { synthCommand } from './synth.ts';
import { trainCommand } from './train.ts';
import { version } from './version.ts';

const commands: readonly (() => Command)[] = [
  synthCommand,
  dataCommand,
  trainCommand,
  evaluateCommand,
  localiseCommand,
  explainCommand,
  mergeCommand,
  refineCommand,
  serveCommand,
  summaryCommand,
  memoryCommand,
  convertCommand,
  importCommand,
  checkWeightsCommand,
  devicesCommand,
  optionsCommand,
];

export function hrmProgram(): Command {
  const program = new Command('hrm')
    .description('High-resolution class activation mapping: train a classifier, see where the evidence lies.')
    .version(version(), '--version')
    .addOption(
      new Option('--config <file>', `options' values, in place of ${configName} in this folder`).env(
        'HRM_CONFIG',
      ),
    )
    .option('--verbose', 'print where an error came from');
  for (const make of commands) program.addCommand(make());
  return program;
}

/** Does something to a command and all below it. */
export function everyCommand(command: Command, change: (command: Command) => void): void {
  change(command);
  for (const child of command.commands) everyCommand(child, change);
}
