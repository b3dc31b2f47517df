/** Where the options' values come from: command line, environment, project file, built-in. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { configSchemaText } from '../src/cli/config-file.ts';
import { useDefaults } from '../src/cli/defaults.ts';
import { everyCommand, hrmProgram } from '../src/cli/program.ts';
import { hrm, hrmOutput, newFolder } from './helpers/cli.ts';

const work = newFolder();
const file = join(work, 'hrm.config.json');
beforeEach(() => rmSync(file, { force: true }));
afterAll(() => rmSync(work, { recursive: true }));

interface Parsed {
  readonly options: Record<string, unknown>;
  readonly sources: Record<string, string | undefined>;
}

/** What a command is told, with a project file of that content; the command itself does nothing. */
async function parse(
  args: string,
  config?: object | string,
  env: Record<string, string> = {},
): Promise<Parsed> {
  const program = await hrmProgram();
  useDefaults(program, env);
  let parsed: Parsed | undefined;
  let message = '';
  everyCommand(program, (command) => {
    command.exitOverride().configureOutput({
      outputError: (text) => {
        message = text.trim();
      },
    });
    if (command.commands.length > 0) return;
    command.action((...all: unknown[]) => {
      const called = all[all.length - 1] as Command;
      const names = Object.keys(called.opts());
      const sources = names.map((name) => [name, called.getOptionValueSource(name)]);
      parsed = { options: called.opts(), sources: Object.fromEntries(sources) };
    });
  });
  if (config !== undefined) writeFileSync(file, typeof config === 'string' ? config : JSON.stringify(config));
  try {
    await program.parseAsync([...args.split(' '), ...(config === undefined ? [] : ['--config', file])], {
      from: 'user',
    });
  } catch (error) {
    throw new Error(message.replaceAll(file, 'FILE') || (error as Error).message);
  }
  return parsed as Parsed;
}

const half = 'train half --results-name x';

describe('the nearest source takes precedence', () => {
  const config = { seed: 1, train: { seed: 2, half: { seed: 3 } } };

  test.each([
    ['--seed 5', config, { HRM_SEED: '4' }, 5, 'cli'],
    ['', config, { HRM_SEED: '4' }, 4, 'env'],
    ['', config, {}, 3, 'config'],
    ['', { seed: 1, train: { seed: 2, full: { seed: 3 } } }, {}, 2, 'config'],
    ['', { seed: 1, evaluate: { type: 'half' } }, { HRM_SEED: '' }, 1, 'config'],
    ['', {}, {}, 0, 'default'],
  ])('%s %j %j', async (more, content, env, seed, source) => {
    const { options, sources } = await parse(`${half} ${more}`.trim(), content, env);
    expect(options.seed).toBe(seed);
    expect(sources.seed).toBe(source);
  });
});

test('parses values as on the command line', async () => {
  const config = {
    'im-size': 64,
    device: 'auto',
    train: { 'learning-rate': 1e-7, strict: true, augment: false },
    synth: { 'object-size': '10-20' },
  };
  expect((await parse(half, config)).options).toMatchObject({
    imSize: 64,
    device: 'auto',
    learningRate: 1e-7,
    strict: true,
    augment: false,
  });
  expect((await parse('synth --out o', config)).options.objectSize).toEqual([0.1, 0.2]);
  const env = { HRM_AUGMENT: 'false', HRM_STRICT: '0', HRM_JSON_LINES: 'YES', HRM_CHANNELS: '1' };
  expect((await parse(half, undefined, env)).options).toMatchObject({
    augment: false,
    strict: false,
    jsonLines: true,
    channels: 1,
  });
});

test('the file may give required options; its paths are relative to its folder', async () => {
  const config = { 'data-dir': 'photos', evaluate: { type: 'half', 'half-weight-dir': '/models/h.onnx' } };
  expect((await parse('evaluate', config)).options).toMatchObject({
    dataDir: join(work, 'photos'),
    type: 'half',
    halfWeightDir: '/models/h.onnx',
  });
  const env = { HRM_DATA_DIR: 'photos', HRM_TYPE: 'full' };
  expect((await parse('evaluate', undefined, env)).options).toMatchObject({
    dataDir: 'photos',
    type: 'full',
  });
  await expect(parse('evaluate', {})).rejects.toThrow("required option '--data-dir <dir>' not specified");
});

test.each([
  [{ train: { epoch: 3 } }, "unknown key 'train.epoch' (Did you mean epochs?)"],
  [{ data_dir: 'x' }, "unknown key 'data_dir' (Did you mean data-dir?)"],
  [{ zebra: 1 }, "unknown key 'zebra'"],
  [{ clutter: 3 }, "unknown key 'clutter' (an option of 'synth': put it into that section)"],
  [{ train: { resume: true } }, "unknown key 'train.resume'"],
  [
    { train: { epochs: 0 } },
    "train.epochs: option '--epochs <n>' argument '0' is invalid. A whole number >= 1",
  ],
  [{ train: { epochs: '3' } }, 'train.epochs: a number is needed, got "3"'],
  [{ device: 'tpu' }, "device: option '--device <name>' argument 'tpu' is invalid. Allowed choices are cpu,"],
  [{ train: { strict: 'yes' } }, 'train.strict: true or false is needed, got "yes"'],
  [{ 'data-dir': 3 }, 'data-dir: a text is needed, got 3'],
  [{ train: 3 }, 'train: an object is needed'],
  [[], 'an object is needed'],
  // Right for `synth`, which has it too.
  [{ seed: -3 }, "seed: option '--seed <n>' argument '-3' is invalid. A whole number from 0 to 2147483647"],
])('%j: %s', async (config, message) => {
  await expect(parse(half, config)).rejects.toThrow(`error: FILE: ${message}`);
});

test('rejects invalid JSON, a missing file, and wrong variables', async () => {
  await expect(parse(half, '{')).rejects.toThrow('error: FILE: not JSON: ');
  await expect(parse(`${half} --config ${join(work, 'no')}`)).rejects.toThrow('no: no such file');
  await expect(parse(half, undefined, { HRM_EPOCHS: 'x' })).rejects.toThrow(
    "error: HRM_EPOCHS: option '--epochs <n>' argument 'x' is invalid. A whole number >= 1 is needed.",
  );
  await expect(parse(half, undefined, { HRM_STRICT: 'perhaps' })).rejects.toThrow('true or false is needed.');
});

test('hrm.config.schema.json is up to date with `npm run schema`', async () => {
  const schema = readFileSync(join(import.meta.dirname, '..', 'hrm.config.schema.json'), 'utf8');
  expect(schema).toBe(configSchemaText(await hrmProgram()));
  const { properties } = JSON.parse(schema);
  expect(properties.device.enum).toEqual(['cpu', 'webgpu', 'cuda', 'auto']);
  expect(properties.train.properties.full.properties.epochs).toMatchObject({ type: 'number', default: 50 });
  expect(properties).not.toHaveProperty('json'); // a switch of some commands, a file of others
});

test('the example file of docs/commands.md is valid', async () => {
  const page = readFileSync(join(import.meta.dirname, '..', 'docs', 'commands.md'), 'utf8');
  const [, json] = /^```json\n([\s\S]*?)^```/m.exec(page) as RegExpExecArray;
  expect((await parse(half, json)).options).toMatchObject({ dataDir: join(work, 'scenes'), imSize: 128 });
});

describe('hrm options', () => {
  const options = async (...args: string[]): Promise<string> =>
    (await hrmOutput(work, 'options', ...args)).replace(/ +/g, ' ');

  test('prints each value and its source', async () => {
    writeFileSync(file, JSON.stringify({ 'data-dir': 'photos', train: { full: { epochs: 4 } } }));
    const text = await options('train', 'full', '--batch_size', '8');
    expect(text).toContain('file: hrm.config.json\n\ntrain full\n');
    expect(text).toContain('\n data-dir photos hrm.config.json: data-dir\n');
    expect(text).toContain('\n epochs 4 hrm.config.json: train.full.epochs\n');
    expect(text).toContain('\n batch-size 8 command line\n');
    expect(text).toContain('\n seed 0 built-in (HRM_SEED)\n');
    expect(text).toContain('\n half-weight-dir not set (HRM_HALF_WEIGHT_DIR)\n');
    mkdirSync(join(work, 'below'), { recursive: true });
    const below = await hrmOutput(
      join(work, 'below'),
      'options',
      'evaluate',
      '--config',
      '../hrm.config.json',
    );
    expect(below).toContain(join('..', 'photos'));
  });

  test('prints the values of all commands that are not built-in', async () => {
    expect(await options()).toBe('file: none\n');
    writeFileSync(file, JSON.stringify({ evaluate: { type: 'half' } }));
    expect(await options()).toBe(
      'file: hrm.config.json\n\nevaluate\n type half hrm.config.json: evaluate.type\n',
    );
  });

  test.each([
    [['bogus'], "error: unknown command 'bogus'\n"],
    [['train', 'half', '--epoch', '3'], "error: unknown option '--epoch'\n"],
    [
      ['train', '--epochs', '3'],
      'error: options need one command, of train half, train full, got --epochs\n',
    ],
  ])('rejects %j', async (args, stderr) => {
    expect(await hrm(work, 'options', ...args)).toMatchObject({ code: 2, stderr });
  });
});

test('reports a wrong file as wrong usage; help still works', async () => {
  writeFileSync(file, '{"train": {"epoch": 3}}');
  expect(await hrm(work, 'summary', '--type', 'half')).toEqual({
    code: 2,
    stdout: '',
    stderr: "error: hrm.config.json: unknown key 'train.epoch' (Did you mean epochs?)\n",
  });
  expect(await hrm(work, 'summary', '--help')).toMatchObject({ code: 0, stderr: '' });
});

test('a resumed training keeps its own options, whatever the file says', async () => {
  const config = (train: object): void =>
    writeFileSync(file, JSON.stringify({ 'data-dir': 'data', 'im-size': 32, train }));
  const epochs = (text: string): string[] => text.match(/epoch \d\/\d/g) ?? [];
  await hrmOutput(work, 'synth', '--out', 'data', ...'--classes 3 --train 12 --test 3 --size 32'.split(' '));
  config({ epochs: 1, 'batch-size': 4, seed: 7 });
  expect(epochs(await hrmOutput(work, 'train', 'half', '--results-name', 'a'))).toEqual(['epoch 1/1']);
  // Neither a conflict nor two epochs more.
  config({ epochs: 3, 'batch-size': 6, seed: 8 });
  const resume = ['train', 'half', '--results-name', 'a', '--resume'];
  expect(await hrmOutput(work, ...resume)).toMatch(/^nothing to do: all 1 epoch are done/m);
  expect(epochs(await hrmOutput(work, ...resume, '--epochs', '2'))).toEqual(['epoch 2/2']);
  expect(await hrm(work, ...resume, '--batch-size', '6')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('--batch-size is 4 in the checkpoint, 6 on the command line'),
  });
  // Of a name without a checkpoint the file's options are taken.
  config({ epochs: 1, 'batch-size': 6 });
  expect(
    epochs(await hrmOutput(work, 'train', 'half', '--results-name', 'b', '--resume', '--seed', '1')),
  ).toEqual(['epoch 1/1']);
});

test('models in the file: evaluate uses the one of the kind, or that of the command line', async () => {
  writeFileSync(
    file,
    JSON.stringify({ 'weight-dir': 'full.onnx', 'half-weight-dir': 'half.onnx', type: 'half' }),
  );
  const missing = async (...args: string[]): Promise<string> => (await hrm(work, ...args)).stderr;
  const evaluate = ['evaluate', '--data-dir', 'data'];
  expect(await missing(...evaluate)).toBe('error: half.onnx: no such file\n');
  expect(await missing(...evaluate, '--type', 'half')).toBe('error: half.onnx: no such file\n');
  expect(await missing(...evaluate, '--type', 'full')).toBe('error: full.onnx: no such file\n');
  expect(await missing(...evaluate, '--weight-dir', 'w.onnx')).toBe('error: w.onnx: no such file\n');
  // A file in place of a network that the project file names.
  expect(await missing('summary', 'm.onnx')).toBe('error: m.onnx: no such file\n');
});
