/** The examples in the docstrings of public names: types checked and run, against what they say is printed. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeScenes } from '../src/node.ts';
import { docstringExamples } from './helpers/docstring-examples.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');
const entries = [
  'browser.ts',
  'index.ts',
  'node.ts',
  ...['graph', 'metrics', 'models', 'report', 'train'].map((name) => `${name}/index.ts`),
];
const examples = entries.flatMap(docstringExamples);
const withCode = examples.filter(({ code }) => code !== '');
/** `test/browser/library.test.ts` runs the others. */
const inNode = withCode.filter(({ title }) => !title.startsWith('high-res-mapping/browser '));

/** Runs each program in turn, in one process, and tells what each printed. */
const runner = `
import { format } from 'node:util';
const results = [];
for (const file of process.argv.slice(2)) {
  const lines = [];
  console.log = (...values) => void lines.push(...format(...values).split('\\n'));
  try {
    await import(file);
    results.push({ lines });
  } catch (error) {
    results.push({ lines, error: error.stack });
  }
}
process.stdout.write(JSON.stringify(results));
`;

interface Result {
  readonly lines: readonly string[];
  readonly error?: string;
}

let folder: string;
let results: readonly Result[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hrm-docstrings-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules', 'high-res-mapping'), 'dir');
  for (const name of ['models', 'samples']) symlinkSync(join(root, name), join(folder, name), 'dir');
  cpSync(join(root, 'test/golden/classifiers/resnet.onnx'), join(folder, 'classifier.onnx'));
  await writeScenes({ out: join(folder, 'scenes'), train: 12, test: 12, size: 32 });
  inNode.forEach(({ code }, i) => {
    writeFileSync(join(folder, `run-${i}.mjs`), code);
  });
  writeFileSync(join(folder, 'run.mjs'), runner);
  const files = inNode.map((_, i) => `./run-${i}.mjs`);
  const { stdout } = await run(process.execPath, ['run.mjs', ...files], { cwd: folder });
  results = JSON.parse(stdout);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('every public function, class and constant has an example', () => {
  expect(examples.filter(({ code }) => code === '').map(({ title }) => title)).toEqual([]);
});

describe('each example prints what its comments say', () => {
  test.each(inNode.map(({ title, printed }, i) => ({ title, printed, i })))('$title', ({ printed, i }) => {
    expect(results[i].error).toBeUndefined();
    expect(printed.length).toBeGreaterThan(0);
    expect(results[i].lines).toEqual(printed);
  });
});

test('the types of all examples are right', async () => {
  const compilerOptions = {
    target: 'es2022',
    module: 'nodenext',
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: ['node'],
  };
  const typeRoots = [join(root, 'node_modules', '@types')];
  withCode.forEach(({ code }, i) => {
    writeFileSync(join(folder, `example-${i}.ts`), code);
  });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...compilerOptions, typeRoots }, include: ['*.ts'] }),
  );
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const errors = await run(process.execPath, [tsc, '-p', '.'], { cwd: folder }).then(
    () => '',
    ({ stdout }) => stdout.replace(/example-(\d+)\.ts/g, (_: string, i: string) => withCode[Number(i)].title),
  );
  expect(errors).toBe('');
});
