/** `options`: shows the values of a command's options, and the source of each. */
import { Command } from 'commander';
import { type ConfigFile, keyOf, nameOf, settableOptions } from './config-file.ts';
import { openConfig, type Preset, presetOptions, variableOf } from './defaults.ts';

export function optionsCommand(): Command {
  const command: Command = new Command('options')
    .usage('[COMMAND [options]]')
    .description(
      "print each option's value and where it comes from: command line, environment, file, built-in",
    )
    .argument(
      '[command...]',
      "a command such as 'train half', with or without options; default: all commands, without built-in values",
    )
    .allowUnknownOption()
    .addHelpText(
      'after',
      `
The first of these that has a value counts: the command line; the environment, HRM_DATA_DIR for --data-dir;
the file hrm.config.json in the working folder, or the file of --config; the built-in value.`,
    )
    .action(async (words: string[]) => {
      const program = command.parent as Command;
      const config = await openConfig(program);
      console.log(config ? `file: ${config.path}` : 'file: none');
      if (words.length > 0) console.log(['', ...describeCall(program, words, config)].join('\n'));
      else for (const leaf of leavesOf(program)) printSet(leaf, config);
    });
  return command;
}

function leavesOf(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf);
}

function printSet(command: Command, config: ConfigFile | undefined): void {
  const presets = presetOptions(command, config, process.env);
  if (presets.size > 0) console.log(['', ...describe(command, presets, true)].join('\n'));
}

/** Describes the options of the command with the given name. */
function describeCall(program: Command, words: readonly string[], config: ConfigFile | undefined): string[] {
  let command = program;
  let at = 0;
  for (; at < words.length && command.commands.length > 0 && !words[at].startsWith('-'); at++) {
    const child = command.commands.find((one) => one.name() === words[at]);
    if (child === undefined) program.error(`error: unknown command '${words[at]}'`);
    command = child;
  }
  const rest = words.slice(at);
  const leaves = leavesOf(command);
  if (leaves.length > 1 && rest.length > 0) {
    program.error(`error: options need one command, of ${leaves.map(nameOf).join(', ')}, got ${rest[0]}`);
  }
  return leaves.flatMap((leaf, i) => {
    const presets = presetOptions(leaf, config, process.env);
    const { unknown } = leaf.parseOptions([...rest]);
    if (unknown.length > 0) leaf.error(`error: unknown option '${unknown[0]}'`);
    return [...(i > 0 ? [''] : []), ...describe(leaf, presets, false)];
  });
}

function describe(command: Command, presets: ReadonlyMap<string, Preset>, setOnly: boolean): string[] {
  const settable = new Set(settableOptions(command));
  const rows = command.options
    .filter((option) => !setOnly || presets.has(option.attributeName()))
    .map((option) => {
      const name = option.attributeName();
      const value: unknown = command.getOptionValue(name);
      const from = command.getOptionValueSource(name);
      const variable = settable.has(option) ? ` (${variableOf(option)})` : '';
      const source =
        from === 'cli'
          ? 'command line'
          : (presets.get(name)?.origin ??
            (value === undefined ? `not set${variable}` : `built-in${variable}`));
      const shown = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
      return [keyOf(option), shown, source];
    });
  const widths = [0, 1].map((column) => Math.max(0, ...rows.map((row) => row[column].length)));
  return [
    nameOf(command),
    ...rows.map(
      ([name, value, source]) => `  ${name.padEnd(widths[0])}  ${value.padEnd(widths[1])}  ${source}`,
    ),
  ];
}
