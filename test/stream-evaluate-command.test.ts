/** `hrm evaluate` of tars, Parquet files and lists: the figures of the same pictures in folders. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodePng } from '../src/data/picture/write-picture.ts';
import { encodeModel } from '../src/models/model-file.ts';
import { random } from '../src/tensor/random.ts';
import { tensor } from '../src/tensor/tensor.ts';
import { camCase } from '../tools/reference/cam-case.ts';
import { hrm, newFolder, type Run } from './helpers/cli.ts';
import { writeHuggingFace } from './helpers/hugging-face.ts';
import { tarOf } from './helpers/tar.ts';

const cwd = newFolder();
const at = (path: string): string => join(cwd, path);
const classes = ['a', 'b', 'c'];
const pictures: { name: string; label: number; bytes: Uint8Array }[] = [];

async function tar(name: string, files: Readonly<Record<string, Uint8Array | string>>): Promise<void> {
  writeFileSync(at(name), await tarOf(files));
}

async function evaluate(data: string, ...more: string[]): Promise<Run & { figures: () => unknown }> {
  const run = await hrm(
    cwd,
    'evaluate',
    '--weight-dir',
    'half.onnx',
    '--data-dir',
    data,
    '--json',
    'e.json',
    ...more,
  );
  /** What does not say where a picture lies. */
  const figures = (): unknown => {
    const { accuracy, loss, images } = JSON.parse(readFileSync(at('e.json'), 'utf8'));
    const rounded = (images as { label: unknown; prediction: unknown }[]).map((one) => [
      one.label,
      one.prediction,
    ]);
    return { accuracy, loss: Number(loss).toFixed(4), images: rounded };
  };
  return { ...run, figures };
}

beforeAll(async () => {
  const { integer } = random(5);
  writeFileSync(at('half.onnx'), encodeModel(camCase().model));
  for (const [label, name] of classes.entries()) {
    mkdirSync(at(`data/test/${name}`), { recursive: true });
    for (let i = 0; i < 3; i++) {
      const noise = tensor('uint8', [70, 50, 3]);
      for (let j = 0; j < noise.data.length; j++) noise.data[j] = integer(256);
      const bytes = await encodePng(noise);
      writeFileSync(at(`data/test/${name}/${i}.png`), bytes);
      pictures.push({ name: `${name}${i}`, label, bytes });
    }
  }
});
afterAll(() => rmSync(cwd, { recursive: true }));

test('a folder, tars, Parquet and a list give the same figures', async () => {
  const folder = await evaluate('data');
  expect(folder.code).toBe(0);
  const figures = folder.figures();
  const half = (
    from: number,
    to: number,
    label: (index: number) => string,
  ): Record<string, Uint8Array | string> =>
    Object.fromEntries(
      pictures.slice(from, to).flatMap(({ name, label: index, bytes }) => [
        [`${name}.png`, bytes],
        [`${name}.cls`, label(index)],
      ]),
    );
  await tar(
    'n-0.tar',
    half(0, 4, (index) => classes[index]),
  );
  await tar(
    'n-1.tar',
    half(4, 9, (index) => classes[index]),
  );
  await tar('i.tar', half(0, 9, String));
  const rows = pictures.map(({ name, bytes, label }) => ({ image: { bytes, path: `${name}.png` }, label }));
  writeHuggingFace(at('p.parquet'), classes, rows, 4);
  const lines = pictures.map(({ name, label }) => `data/test/${name[0]}/${name[1]}.png\t${classes[label]}`);
  writeFileSync(at('l.tsv'), `${lines.join('\n')}\n`);
  for (const [given, said] of [
    ['n-{0,1}.tar', ''],
    ['i.tar', "the classes are read as indices of the model's classes: 0 is a\n"],
    ['p.parquet', ''],
    ['l.tsv', ''],
  ]) {
    const run = await evaluate(given, '--batch-size', '4');
    expect(run, given).toMatchObject({ code: 0, stderr: said });
    expect(run.figures(), given).toEqual(figures);
  }
});

test('names and counts damaged pictures and those without a class', async () => {
  const [one, two] = pictures;
  await tar('d.tar', {
    'x.png': one.bytes,
    'x.cls': 'a',
    'y.png': 'no picture',
    'y.cls': 'a',
    'z.png': two.bytes,
  });
  const run = await evaluate('d.tar');
  expect(run.code).toBe(0);
  expect(run.stderr).toMatch(/skipped d\.tar: y: /);
  expect(run.stderr).toMatch(/skipped d\.tar: z: it has no class\n/);
  expect(run.stdout).toMatch(/2 unreadable images skipped/);
  await tar('e.tar', { 'x.png': one.bytes });
  expect((await evaluate('e.tar')).stderr).toBe(
    'error: e.tar: none of its 1 pictures has a class; add classes\n',
  );
  await tar('f.tar', { 'x.png': one.bytes, 'x.cls': 'zebra' });
  expect((await evaluate('f.tar')).stderr).toMatch(
    /^error: f\.tar: 1 of 1 folders do not match exactly one of/,
  );
});
