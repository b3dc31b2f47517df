/**
 * The project file, `hrm.config.json`: values for options that need not be repeated. Keys are the option
 * names without leading dashes. The top level holds options that several commands have; the section of a
 * command holds its own options.
 *
 *     { "data-dir": "photos", "train": { "epochs": 12, "full": { "epochs": 4 } } }
 */
import { dirname } from 'node:path';
import { type Command, InvalidArgumentError, type Option } from 'commander';
import { z } from 'zod';
import { needed } from '../classifier/checked.ts';
import { editDistance } from '../data/dataset/edit-distance.ts';
import { readBytes } from '../data/files/read-file.ts';
import type { FileError } from '../errors/file-error.ts';
import { parseJson } from '../errors/parse-json.ts';
import { shown } from '../text/shown.ts';

export const configName = 'hrm.config.json';

/**
 * Options of a single call, not of a project: they overwrite, exclude each other, name the one output file,
 * or install.
 */
const perCall: readonly string[] = [
  '--resume',
  '--overwrite',
  '--link',
  '--copy',
  '--out <file>',
  '--cuda-from <file|dir>',
];

/** The options of a command that the project file and the environment may set. */
export function settableOptions(command: Command): Option[] {
  return command.options.filter((option) => !option.variadic && !perCall.includes(option.flags));
}

/** The key of an option in the file: `data-dir` for `--data-dir`, `augment` for `--no-augment`. */
export function keyOf(option: Option): string {
  return option.name().replace(/^no-/, '');
}

/** An error message about a wrong value, in the form of the command line's messages. */
export function invalidValue(option: Option, value: unknown, rule: string): string {
  return `option '${option.flags}' argument '${shown(value)}' is invalid. ${rule}`;
}

/**
 * Parses a value as the command line would.
 * @throws InvalidArgumentError with the rule
 */
export function parseValue(option: Option, text: string): unknown {
  return option.parseArg === undefined ? text : option.parseArg(text, option.defaultValue);
}

export interface ConfigFile {
  /** The path, as given. */
  readonly path: string;
  readonly folder: string;
  readonly content: Section;
}

export interface Section {
  readonly [key: string]: string | number | boolean | Section;
}

/**
 * Reads and checks a project file.
 * @param program the program with all its commands, whose options are the valid keys
 * @param wrong called with each error in the content
 * @returns undefined when there is no file and `optional` is set
 * @throws when the file cannot be read
 */
export async function readConfig(
  path: string,
  program: Command,
  { optional, wrong }: { optional: boolean; wrong: (message: string) => never },
): Promise<ConfigFile | undefined> {
  let text: string;
  try {
    text = new TextDecoder().decode(await readBytes(path));
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
    if (optional && code === 'ENOENT') return undefined;
    throw error;
  }
  let json: unknown;
  try {
    json = parseJson(text, path);
  } catch (error) {
    return wrong((error as FileError).message);
  }
  const result = configSchema(program).safeParse(json);
  if (!result.success) wrong(`${path}: ${explain(result.error.issues[0], program)}`);
  return { path, folder: dirname(path), content: result.data as Section };
}

/** The schema of the file, from the options of all commands. */
function configSchema(program: Command): z.ZodObject {
  return sectionSchema(program, { $schema: z.string().optional() });
}

/** The text of `hrm.config.schema.json`, which editors use to complete and check the file. */
export function configSchemaText(program: Command): string {
  return `${JSON.stringify(z.toJSONSchema(configSchema(program)), null, 2)}\n`;
}

function sectionSchema(command: Command, more: Record<string, z.ZodType> = {}): z.ZodObject {
  const values = [...optionsAt(command)].map(([key, options]) => [key, valueSchema(options).optional()]);
  const sections = command.commands
    .filter((child) => optionsAt(child).size > 0)
    .map((child) => [
      child.name(),
      sectionSchema(child)
        .optional()
        .describe(`Options of '${nameOf(child)}'.`),
    ]);
  return z.strictObject(
    { ...more, ...Object.fromEntries(values), ...Object.fromEntries(sections) },
    { error: (issue) => (issue.code === 'invalid_type' ? 'an object is needed' : undefined) },
  );
}

/**
 * The options that a section may hold, by key. A command's section holds its own options. The section of a
 * command with sub-commands holds all of theirs that agree in form. The top level holds only options that
 * several commands have.
 */
function optionsAt(command: Command): Map<string, Option[]> {
  const byKey = new Map<string, Option[]>();
  for (const leaf of leaves(command)) {
    for (const option of settableOptions(leaf)) {
      byKey.set(keyOf(option), [...(byKey.get(keyOf(option)) ?? []), option]);
    }
  }
  const least = command.parent === null ? 2 : 1;
  return new Map(
    [...byKey].filter(
      ([, options]) => options.length >= least && options.every(({ flags }) => flags === options[0].flags),
    ),
  );
}

function leaves(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

/**
 * @param options options of several commands with one name and form: a value is valid when it is valid for
 * one of them
 */
function valueSchema(options: readonly Option[]): z.ZodType {
  const [option] = options;
  const type = typed(option).superRefine((value, context) => {
    if (typeof value === 'boolean') return;
    const rules = options.map((one) => brokenRule(one, String(value)));
    if (rules.every((rule) => rule !== undefined)) {
      context.addIssue({ code: 'custom', message: invalidValue(option, value, rules[0] as string) });
    }
  });
  const values = new Set(options.map(({ defaultValue }) => defaultValue));
  const [value] = values;
  const plain = values.size === 1 && ['string', 'number', 'boolean'].includes(typeof value);
  return type.meta({ description: option.description, ...(plain ? { default: value } : {}) });
}

function typed(option: Option): z.ZodType {
  if (option.isBoolean() || option.negate) return z.boolean({ error: needed('true or false') });
  if (option.argChoices !== undefined) {
    const rule = `Allowed choices are ${option.argChoices.join(', ')}.`;
    return z.enum(option.argChoices, { error: ({ input }) => invalidValue(option, input, rule) });
  }
  // An option is numeric when its parser returns a number for one of these.
  const numeric = ['1', '64', '0.5'].some(
    (text) => brokenRule(option, text) === undefined && typeof parseValue(option, text) === 'number',
  );
  return numeric ? z.number({ error: needed('a number') }) : z.string({ error: needed('a text') });
}

function brokenRule(option: Option, text: string): string | undefined {
  try {
    parseValue(option, text);
    return undefined;
  } catch (error) {
    if (error instanceof InvalidArgumentError) return error.message;
    throw error;
  }
}

/** The message for an issue: `train.epochs: ...` */
function explain(issue: z.core.$ZodIssue, program: Command): string {
  const path = issue.path.map(String);
  if (issue.code !== 'unrecognized_keys')
    return [[...path, ''].join('.').slice(0, -1), issue.message].filter(Boolean).join(': ');
  const [key] = issue.keys;
  const section = path.reduce(
    (command, name) => command.commands.find((child) => child.name() === name) ?? command,
    program,
  );
  return `unknown key '${shown([...path, key].join('.'))}'${hint(key, section, program)}`;
}

function hint(key: string, section: Command, program: Command): string {
  const owners = leaves(program).filter((leaf) =>
    settableOptions(leaf).some((option) => keyOf(option) === key),
  );
  if (owners.length > 0) {
    const names = owners.map((owner) => `'${nameOf(owner)}'`).join(', ');
    return ` (an option of ${names}: put it into that section)`;
  }
  const known = [...optionsAt(section).keys(), ...section.commands.map((child) => child.name())];
  const near = known
    .map((name) => ({ name, distance: editDistance(name, key) }))
    .filter(({ name, distance }) => distance <= 3 && distance < 0.6 * name.length)
    .sort((a, b) => a.distance - b.distance);
  return near.length > 0 ? ` (Did you mean ${near[0].name}?)` : '';
}

/** The full name of a command: `train half`. */
export function nameOf(command: Command): string {
  return pathOf(command).join(' ');
}

/** The names of the commands on the path from the program to this one. */
export function pathOf(command: Command): string[] {
  return command.parent === null ? [] : [...pathOf(command.parent), command.name()];
}
