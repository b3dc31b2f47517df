/** The examples of the README and the pages that it leads to, run as they stand; only sizes and epochs are made small. */
import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rangeOf, refineParameters } from '../src/refine/parameters.ts';
import { kebabCase } from '../src/text/case.ts';
import { documentLine } from './helpers/cli.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const readme = ['README', 'docs/own-model', 'docs/commands', 'docs/gpu', 'docs/program', 'docs/one-picture']
  .map((name) => readFileSync(join(root, `${name}.md`), 'utf8'))
  .join('\n');
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(([, code]) => code);

/** Given last, these win. */
const small: Record<string, string> = {
  synth: '--train 24 --test 24 --size 32',
  localise: '--faithfulness 1 --resamples 20 --eval-size 64',
  train: '--epochs 1 --batch-size 8 --im-size 32',
};

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'hrm-readme-'));
  cpSync(join(root, 'test/golden/classifiers/resnet.onnx'), join(dir, 'classifier.onnx'));
  cpSync(join(root, 'samples/photos/chelsea.jpg'), join(dir, 'photo.jpg'));
  // The package under its name, as an installation has it.
  mkdirSync(join(dir, 'node_modules'));
  symlinkSync(root, join(dir, 'node_modules', 'high-res-mapping'), 'dir');
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('every command works in order', async () => {
  const commands = blocks('sh').join('').trim().replace(/^npx /gm, '').split('\n');
  expect(commands.map((line) => line.split(' ')[1])).toEqual(
    expect.arrayContaining(['synth', 'train', 'evaluate', 'summary', 'explain', 'refine', 'localise']),
  );
  for (const command of commands) {
    await documentLine(dir, `${command} ${small[command.split(' ')[1]] ?? ''}`.trim());
  }
  expect(readdirSync(join(dir, 'results/full/scenes')).sort()).toEqual([
    'best_weights.onnx',
    'checkpoint.ckpt',
    'history.csv',
    'history.json',
    'last_weights.onnx',
    'report.html',
  ]);
  const explained = readdirSync(join(dir, 'explained'));
  expect(explained.filter((name) => /^star-.*\.overlay\.png$/.test(name))).toHaveLength(4);
  expect(explained).toContain('photo.figure.png');
  expect(readdirSync(join(dir, 'refined'))).toContain('full_segment.npy');
});

test('the table of refinement parameters is up to date', () => {
  const rows = refineParameters.map((parameter) => {
    const { name, refiner, when = {}, text } = parameter;
    const isChoice = 'words' in parameter;
    const values = isChoice
      ? Object.keys(parameter.words)
          .map((word) => `\`${word}\``)
          .join(', ')
      : [rangeOf(parameter), parameter.unit].filter(Boolean).join(' ');
    const { crfDefault } = parameter;
    const byModel = isChoice && parameter.modelDefault !== undefined;
    const withCrf = crfDefault === undefined ? '' : `, \`crf\`: ${crfDefault}`;
    const usual = byModel ? 'by the model' : `${parameter.default}${withCrf}`;
    const only = Object.entries(when).map(
      ([other, value]) => ` Only with \`--${kebabCase(other)} ${value}\`.`,
    );
    const users = refiner === undefined ? 'both' : `\`${refiner}\``;
    return `| \`--${kebabCase(name)}\` | ${users} | ${values} | ${usual} | ${text}${only.join('')} |`;
  });
  const table = /^\| parameter \| refiner \|.*\n.*\n((?:\|.*\n)+)/m.exec(readme)?.[1];
  expect(table?.trim().split('\n')).toEqual(rows);
});

/** What a program prints. */
async function outputOf(code: string): Promise<string> {
  writeFileSync(join(dir, 'program.mjs'), code);
  return (await run(process.execPath, ['program.mjs'], { cwd: dir })).stdout;
}

test('a program opens a classifier of another program', async () => {
  expect(await outputOf(blocks('ts')[3])).toMatch(/^input: .*\n(?:.*\n)*.*\(imagenet\), from the option\n/);
});

test('the quick starts work with the included model', async () => {
  const [first, code, fullSize] = blocks('ts');
  await outputOf(first);
  for (const name of ['overlay.png', 'cutout.png']) {
    expect(statSync(join(dir, name)).size).toBeGreaterThan(10_000);
    rmSync(join(dir, name));
  }
  for (const folder of ['models', 'samples'])
    cpSync(join(root, folder), join(dir, folder), { recursive: true });
  expect(await outputOf(code)).toMatch(/^espresso, [\d.]+ %\n$/);
  expect(statSync(join(dir, 'overlay.png')).size).toBeGreaterThan(10_000);
  expect(await outputOf(fullSize)).toMatch(/^\[ 256, 385, 3 \] \[ \d+, \d+, \d+, \d+ \]\n$/);
  expect(statSync(join(dir, 'cutout.png')).size).toBeGreaterThan(10_000);
});

test('docs/one-picture.md: the shapes are correct', async () => {
  const page = readFileSync(join(root, 'docs/one-picture.md'), 'utf8');
  const [, printed] = /^```\n(3\. seen [\s\S]*?)^```/m.exec(page) as RegExpExecArray;
  // The last number counts pixels, of which another processor may round a few to the other side.
  const shapes = (lines: string): string => lines.replace(/\d+\n$/, '');
  expect(shapes(await outputOf(blocks('ts')[4]))).toBe(shapes(printed));
});
