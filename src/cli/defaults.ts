/**
 * Where an option's value comes from: the command line, else the environment, else the project file, else the command's own default.
 * `HRM_` and the option's name in capitals is the variable: HRM_DATA_DIR for --data-dir.
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

/** A value that stands in the environment or the project file. */
export interface Preset {
  readonly value: unknown;
  /** As commander calls them. */
  readonly source: 'env' | 'config';
  /** For people: `HRM_EPOCHS`, or `hrm.config.json: train.epochs`. */
  readonly origin: string;
}

/**
 * Gives each command, before it parses what it is given, the values of environment and file as if they were its defaults: required
 * options are then there, and what is on the command line goes before.
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

/** The project file: the one that `--config` names, else the one in the working folder, if there is one. */
export function openConfig(program: Command): Promise<ConfigFile | undefined> {
  const { config } = program.opts<{ config?: string }>();
  return readConfig(config ?? configName, program, {
    optional: config === undefined,
    wrong: (message) => program.error(`error: ${message}`),
  });
}

/** Sets a command's options. @returns what was set, by the option's name in the program */
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

/** `HRM_DATA_DIR` */
export function variableOf(option: Option): string {
  return `HRM_${keyOf(option).toUpperCase().replaceAll('-', '_')}`;
}

// Not by commander's `Option.env`: that takes a switch for on whatever the variable says, HRM_STRICT=0 too.
function fromEnvironment(command: Command, option: Option, env: Environment): Preset | undefined {
  const origin = variableOf(option);
  const text = env[origin];
  if (text === undefined || text === '') return undefined;
  return { value: parse(command, option, text, origin), source: 'env', origin };
}

function fromFile(command: Command, option: Option, config: ConfigFile | undefined): Preset | undefined {
  if (config === undefined) return undefined;
  const path = pathOf(command);
  // The nearest section goes first: that of the command, those above it, the top level.
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

/** Paths in the file are meant from the file's folder, those in the environment from the working folder. */
function inFolderOf({ folder }: ConfigFile, path: string): string {
  return isAbsolute(path) || folder === '.' ? path : join(folder, path);
}

/** Placeholders say what a value is. */
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
