/** `hrm explain --bulk` and `hrm merge`: shards, parts, kills, failures. */
import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodePng } from '../src/data/picture/write-picture.ts';
import { encodeModel } from '../src/models/model-file.ts';
import { random } from '../src/tensor/random.ts';
import { tensor } from '../src/tensor/tensor.ts';
import { camCase } from '../tools/reference/cam-case.ts';
import { hrm, newFolder, program, type Run } from './helpers/cli.ts';
import { tarOf } from './helpers/tar.ts';
import { tinyClassifier } from './helpers/tiny-classifier.ts';

const cwd = newFolder();
const at = (path: string): string => join(cwd, path);
const explain = (...rest: string[]): Promise<Run> =>
  hrm(cwd, 'explain', '--weight-dir', 'half.onnx', ...rest);
const rows = async (path: string): Promise<Record<string, unknown>[]> =>
  parquetReadObjects({ file: await asyncBufferFromFile(at(path)) });
const keys = async (path: string): Promise<unknown[]> => (await rows(path)).map(({ key }) => key);
const pictures = Array.from({ length: 12 }, (_, i) => `pics/${String(i).padStart(2, '0')}.png`);

beforeAll(async () => {
  mkdirSync(at('pics'));
  const { integer } = random(3);
  for (const path of pictures) {
    const noise = tensor('uint8', [60, 80, 3]);
    for (let i = 0; i < noise.data.length; i++) noise.data[i] = integer(256);
    writeFileSync(at(path), await encodePng(noise));
  }
  writeFileSync(at('half.onnx'), encodeModel(camCase().model));
});
afterAll(() => rmSync(cwd, { recursive: true }));

test('--bulk gives the same results for a folder as explaining each picture', async () => {
  expect((await explain('pics', '--out', 'single', '--write', 'json,levels')).code).toBe(0);
  const asked = ['pics', '--bulk', '--out', 'bulk', '--write', 'json,levels', '--batch-size', '1'];
  expect(await explain(...asked)).toMatchObject({
    code: 0,
    stdout: 'shard-00000-of-00001: 12 pictures\nresults are in bulk\n',
  });
  expect(readdirSync(at('bulk')).sort()).toEqual([
    'shard-00000-of-00001.parquet',
    'shard-00000-of-00001.tar',
  ]);
  const table = await rows('bulk/shard-00000-of-00001.parquet');
  for (const [i, row] of table.entries()) {
    const json = JSON.parse(readFileSync(at(`single/${String(i).padStart(2, '0')}.json`), 'utf8'));
    const { box, share, explained_class: explained, picture_size: size, predictions } = json;
    expect(row).toMatchObject({
      key: pictures[i],
      class: explained.name,
      class_index: explained.index,
      probability: expect.closeTo(explained.probability, 5),
      top_classes: predictions.map(({ name }: { name: string }) => name),
      width: size[0],
      height: size[1],
      error: null,
    });
    // Networks sum a batch in another order.
    expect(Math.abs((row.share as number) - share)).toBeLessThan(0.01);
    expect(box).toEqual([row.x0, row.y0, row.x1, row.y1]);
  }
  const tar = readFileSync(at('bulk/shard-00000-of-00001.tar'));
  expect(tar.includes(readFileSync(at('single/03.levels.png')))).toBe(true);
  expect(tar.includes('pics/03.png.levels.png')).toBe(true);

  expect((await explain('pics', '--bulk', '--out', 'bulk', '--write', 'json,levels')).stdout).toBe(
    'already finished: shard-00000-of-00001: 12 pictures\nresults are in bulk\n',
  );
  expect((await explain('pics', '--bulk', '--out', 'bulk', '--write', 'mask')).stderr).toBe(
    `error: ${join('bulk/shard-00000-of-00001.parquet')}: was begun with different options: --write json,levels, now mask; --overwrite discards it, another --out keeps it\n`,
  );
});

test("--no-refine: the table has the same values of the model's own map with and without files", async () => {
  const asked = ['pics', '--bulk', '--no-refine', '--batch-size', '1'];
  for (const write of ['none', 'mask,levels']) {
    expect((await explain(...asked, '--write', write, '--out', `plain-${write}`)).code).toBe(0);
  }
  const shard = 'shard-00000-of-00001.parquet';
  const [alone, filed] = [await rows(`plain-none/${shard}`), await rows(`plain-mask,levels/${shard}`)];
  const sides = ['x0', 'y0', 'x1', 'y1', 'peak_x', 'peak_y'] as const;
  for (const [i, row] of alone.entries()) {
    // The box of the table alone is one of the map's pixels, 96 x 96 of 80 x 60.
    for (const side of sides) expect(Math.abs(Number(row[side]) - Number(filed[i][side]))).toBeLessThan(2);
    expect(Math.abs(Number(row.share) - Number(filed[i].share))).toBeLessThan(0.02);
    expect(row.share).toBeGreaterThan(0);
    expect(row.class).toBe(filed[i].class);
  }
  expect(await explain(...asked, '--write', 'mask,figure', '--out', 'x')).toMatchObject({
    code: 2,
    stderr:
      'error: --no-refine needs --write none, or some of overlay, levels, mask, cutout, got --write figure\n',
  });
  expect((await explain(...asked, '--crf-weight', '1', '--write', 'none', '--out', 'x')).stderr).toBe(
    'error: --crf-weight has no effect with --no-refine\n',
  );
  expect((await explain('pics', '--no-refine', '--out', 'x')).stderr).toBe(
    'error: --no-refine needs --bulk\n',
  );
});

test("--no-refine keeps the default share of the refinement for the model's maps: Otsu's", async () => {
  writeFileSync(at('tiny.onnx'), await tinyClassifier());
  const shares = async (out: string, ...more: string[]): Promise<unknown[]> => {
    const asked = [
      'explain',
      '--weight-dir',
      'tiny.onnx',
      'pics',
      '--bulk',
      '--no-refine',
      '--write',
      'none',
    ];
    expect((await hrm(cwd, ...asked, '--out', out, ...more)).code).toBe(0);
    return (await rows(`${out}/shard-00000-of-00001.parquet`)).map(({ share }) => share);
  };
  const usual = await shares('usual');
  expect(usual).toEqual(await shares('otsu', '--filter-type', 'otsu'));
  expect(usual).not.toEqual(await shares('percentage', '--filter-type', 'percentage'));
});

test('a shard killed repeatedly has the same bytes as one that was not', async () => {
  const asked = [
    'explain',
    '--weight-dir',
    'half.onnx',
    'pics',
    '--bulk',
    '--part',
    '2',
    '--batch-size',
    '1',
  ];
  expect((await hrm(cwd, ...asked, '--out', 'whole')).code).toBe(0);
  const parts = at('killed/shard-00000-of-00001.parts');
  const count = (): number =>
    existsSync(parts) ? readdirSync(parts).filter((name) => name.startsWith('part-')).length : 0;
  const ended = at('killed/shard-00000-of-00001.parquet');
  let kills = 0;
  for (const signal of ['SIGKILL', 'SIGTERM', 'SIGKILL'] as const) {
    const before = count();
    if (existsSync(ended)) break;
    const child = spawn(process.execPath, [program, ...asked, '--out', 'killed'], { cwd, stdio: 'ignore' });
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    while (count() <= before && !existsSync(ended)) await new Promise((resolve) => setTimeout(resolve, 5));
    if (child.kill(signal)) kills++;
    await exited;
  }
  expect(kills).toBeGreaterThan(0);
  expect((await hrm(cwd, ...asked, '--out', 'killed')).code).toBe(0);
  for (const ending of ['parquet', 'tar']) {
    const [one, other] = ['whole', 'killed'].map((out) =>
      readFileSync(at(`${out}/shard-00000-of-00001.${ending}`)),
    );
    expect(one.equals(other)).toBe(true);
  }
  expect(readdirSync(at('killed')).sort()).toEqual(readdirSync(at('whole')).sort());
});

test('explains tars with a damaged and a missing picture, and merges shards', async () => {
  for (const [name, numbers] of [
    ['s-0.tar', [0, 1, 2]],
    ['s-1.tar', [3, 4]],
    ['s-2.tar', [5, 6]],
  ] as const) {
    const files: Record<string, Uint8Array | string> = {};
    for (const i of numbers) {
      files[`${i}.png`] = i === 4 ? 'no picture' : readFileSync(at(pictures[i]));
      files[`${i}.cls`] = String(i % 2);
    }
    writeFileSync(at(name), await tarOf(files));
  }
  const shard = (index: number, ...more: string[]): Promise<Run> =>
    explain('s-{0..2}.tar', '--shard', `${index}/2`, '--out', 'shards', '--write', 'none', ...more);
  expect(await shard(0)).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^shard 0 of 2 \(--shard\): 2 of 3 files\n/),
  });
  const merge = (...given: string[]): Promise<Run> => hrm(cwd, 'merge', '--out', 'all.parquet', ...given);
  expect((await merge('shards')).stderr).toBe(
    'error: 1 of 2 shards missing: 1; --partial joins the others\n',
  );
  expect(existsSync(at('all.parquet'))).toBe(false);
  const second = await shard(1);
  expect(second.code).toBe(0);
  expect(second.stdout).toMatch(/2 pictures, 1 of them failed/);
  const failures = ({ stderr }: Run): number => stderr.match(/^failed: s-1\.tar: 4: /gm)?.length ?? 0;
  expect(failures(second)).toBe(1);
  const again = await shard(1, '--strict');
  expect(again.code).toBe(1);
  expect(failures(again)).toBe(1);
  expect(await merge('shards', '--csv', 'all.csv')).toMatchObject({
    code: 0,
    stdout: '7 pictures of 2 shards, 1 of them failed\nwritten: all.parquet, all.csv\n',
  });
  expect(await keys('all.parquet')).toEqual(['0', '1', '2', '5', '6', '3', '4']);
  const table = await rows('all.parquet');
  expect(table.map(({ label }) => label)).toEqual(['0', '1', '0', '1', '0', '1', '0']);
  expect(table.filter(({ error }) => error !== null)).toMatchObject([
    { key: '4', source: 's-1.tar', class: null },
  ]);
  expect(readFileSync(at('all.csv'), 'utf8').split('\r\n')).toHaveLength(9);
  expect(await hrm(cwd, 'merge', 'shards', '--csv', 'alone.csv')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/\nwritten: alone\.csv\n$/),
  });
  expect(readFileSync(at('alone.csv'))).toEqual(readFileSync(at('all.csv')));
  expect(await hrm(cwd, 'merge', 'shards')).toMatchObject({
    code: 2,
    stderr: 'error: a file to write is needed: --out FILE (Parquet), --csv FILE, or both\n',
  });
  // Without one that is there the table says no more than it has.
  expect(await merge(join('shards/shard-00000-of-00002.parquet'), '--partial')).toMatchObject({
    code: 0,
    stderr: 'warning: 1 of 2 shards missing: 1\n',
  });
});

test('rejects a duplicate key, shards of other options and a duplicate shard, and writes nothing', async () => {
  copyFileSync(at('s-0.tar'), at('t-0.tar'));
  const of = (out: string, write: string, ...given: string[]): Promise<Run> =>
    explain(...given, '--out', out, '--write', write);
  expect((await of('twice', 'none', 's-0.tar', 't-0.tar', '--shard', '0/2')).code).toBe(0);
  expect((await of('twice', 'none', 's-0.tar', 't-0.tar', '--shard', '1/2')).code).toBe(0);
  expect((await of('other', 'mask', 's-0.tar', 't-0.tar', '--shard', '1/2')).code).toBe(0);
  const merge = (...given: string[]): Promise<Run> => hrm(cwd, 'merge', '--out', 'no.parquet', ...given);
  const table = (out: string, index: number): string => join(`${out}/shard-0000${index}-of-00002.parquet`);
  const [first, second] = [0, 1].map((index) => table('twice', index));
  expect((await merge('twice')).stderr).toBe(
    `error: 3 keys occur more than once: ${[0, 1, 2].map((i) => `${i} in ${first} (of s-0.tar) and ${second} (of t-0.tar)`).join(', ')}; --allow-twice keeps all rows\n`,
  );
  expect((await merge(first, 'other')).stderr).toBe(
    `error: ${first} and ${table('other', 1)} are of different runs: options: --write none, in the second mask\n`,
  );
  expect((await merge(first, first)).stderr).toBe(`error: shard 0 occurs twice: ${first} and ${first}\n`);
  expect((await merge('pics')).stderr).toBe('error: pics: has no shard; hrm explain --bulk writes them\n');
  expect(existsSync(at('no.parquet'))).toBe(false);
});

test('names each unreadable file; fails if all are unreadable', async () => {
  writeFileSync(at('gone.txt'), 'pics/00.png\tdog\nno.png\n');
  const some = await explain('gone.txt', '--out', 'some', '--as', 'files', '--write', 'mask');
  expect(some).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/failed: gone\.txt: no\.png: no such file\n/),
  });
  expect(existsSync(at('some/pics/00.png.mask.png'))).toBe(true);
  writeFileSync(at('gone.txt'), 'no.png\n');
  expect(await explain('gone.txt', '--out', 'none')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/error: 1 of 1 pictures could not be explained\n$/),
  });
});

test('stops after many unreadable files in a row, and resumes before them', async () => {
  const lines = [pictures[0], ...Array.from({ length: 100 }, (_, i) => `gone/${i}.png`), pictures[1]];
  writeFileSync(at('many.txt'), lines.join('\n'));
  const asked = ['many.txt', '--out', 'many', '--write', 'none', '--batch-size', '1', '--part', '1'];
  const stopped = await explain(...asked);
  expect(stopped.code).toBe(1);
  expect(stopped.stderr).toMatch(
    /error: 100 files in a row could not be explained, the last one many\.txt: gone\/99\.png: no such file; they are not recorded/,
  );
  mkdirSync(at('gone'));
  for (let i = 0; i < 100; i++) copyFileSync(at(pictures[2]), at(`gone/${i}.png`));
  const whole = await explain(...asked);
  expect(whole.stderr).toMatch(/^resumes after 1 picture\n/);
  expect(whole.stdout).toBe('shard-00000-of-00001: 102 pictures\nresults are in many\n');
  expect(await keys('many/shard-00000-of-00001.parquet')).toEqual(lines);
});

test.each([
  [['--strict'], 'error: --strict needs --bulk\n'],
  [['--write', 'none'], 'error: --write none needs --bulk\n'],
  [['--bulk', '--top', '2'], 'error: --bulk explains one class of each picture, got --top 2\n'],
])('%j', async (more, stderr) => {
  expect(await explain(pictures[0], '--out', 'wrong', ...more)).toEqual({ code: 2, stdout: '', stderr });
});
