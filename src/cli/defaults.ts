/**
 * Sources of an option's value, by priority: the command line, the environment, the project file, the
 * command's own default. The environment variable is `HRM_` and the option's name in capitals: HRM_DATA_DIR
 * for --data-dir.
 */
import { isAbsolute, join } from 'node:path';
import { type Command, InvalidArgumentError, type Option } from 'commander';
import {
  type ConfigFile,
  configName,
  invalidValue,
  keyOf,
  parseValue,
  pathOf,
  readConfig,
  type Section,
  settableOptions,
} from './config-file.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A value from the environment or the project file. */
export interface Preset {
  readonly value: unknown;
  /** The source, in commander's terms. */
  readonly source: 'env' | 'config';
  /** The source, for messages: `HRM_EPOCHS`, or `hrm.config.json: train.epochs`. */
  readonly origin: string;
}

/**
 * Sets the values of environment and file as the defaults of each command, before it parses its arguments.
 * They thus satisfy required options, and the command line takes precedence.
 */
export function useDefaults(program: Command, env: Environment): void {
  const watch = (command: Command): void => {
    if (command.commands.length === 0) return;
    command.hook('preSubcommand', async (_, child) => {
      if (child.commands.length > 0 || settableOptions(child).length === 0) return;
      await presetOptions(child, await openConfig(program), env);
    });
    command.commands.forEach(watch);
  };
  watch(program);
}

/** The project file: the one of `--config`, else the one in the working folder; undefined without either. */
export function openConfig(program: Command): Promise<ConfigFile | undefined> {
  const { config } = program.opts<{ config?: string }>();
  return readConfig(config ?? configName, program, {
    optional: config === undefined,
    wrong: (message) => program.error(`error: ${message}`),
  });
}

/**
 * Sets the options of a command.
 * @returns the values set, by the option's name in the program
 */
export function presetOptions(
  command: Command,
  config: ConfigFile | undefined,
  env: Environment,
): Map<string, Preset> {
  const presets = new Map<string, Preset>();
  for (const option of settableOptions(command)) {
    const preset = fromEnvironment(command, option, env) ?? fromFile(command, option, config);
    if (preset === undefined) continue;
    presets.set(option.attributeName(), preset);
    command.setOptionValueWithSource(option.attributeName(), preset.value, preset.source);
  }
  return presets;
}

/** The environment variable of an option: `HRM_DATA_DIR`. */
export function variableOf(option: Option): string {
  return `HRM_${keyOf(option).toUpperCase().replaceAll('-', '_')}`;
}

// commander's `Option.env` is not used: it turns a switch on whatever the value, even for HRM_STRICT=0.
function fromEnvironment(command: Command, option: Option, env: Environment): Preset | undefined {
  const origin = variableOf(option);
  const text = env[origin];
  if (text === undefined || text === '') return undefined;
  return { value: parse(command, option, text, origin), source: 'env', origin };
}

function fromFile(command: Command, option: Option, config: ConfigFile | undefined): Preset | undefined {
  if (config === undefined) return undefined;
  const path = pathOf(command);
  // The innermost section takes precedence: that of the command, those above it, the top level.
  for (let depth = path.length; depth >= 0; depth--) {
    const names = path.slice(0, depth);
    const section = names.reduce(
      (inside, name) => inside?.[name] as Section | undefined,
      config.content as Section | undefined,
    );
    const value = section?.[keyOf(option)];
    if (value === undefined || typeof value === 'object') continue;
    const origin = `${config.path}: ${[...names, keyOf(option)].join('.')}`;
    const text = isPath(option) ? inFolderOf(config, String(value)) : String(value);
    return { value: parse(command, option, text, origin), source: 'config', origin };
  }
  return undefined;
}

/** A path in the file is relative to the file's folder; one in the environment to the working folder. */
function inFolderOf({ folder }: ConfigFile, path: string): string {
  return isAbsolute(path) || folder === '.' ? path : join(folder, path);
}

/** Whether the value is a path, by the placeholder of the option. */
function isPath({ flags }: Option): boolean {
  return /[<[](dir|file)[\]>]$/.test(flags);
}

function parse(command: Command, option: Option, text: string, origin: string): unknown {
  const wrong = (rule: string): never =>
    command.error(`error: ${origin}: ${invalidValue(option, text, rule)}`);
  if (option.isBoolean() || option.negate) {
    if (/^(1|true|yes|on)$/i.test(text)) return true;
    if (/^(0|false|no|off)$/i.test(text)) return false;
    return wrong('true or false is needed.');
  }
  try {
    return parseValue(option, text);
  } catch (error) {
    if (error instanceof InvalidArgumentError) return wrong(error.message);
    throw error;
  }
}
