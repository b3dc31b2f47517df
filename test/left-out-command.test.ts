/** What `train`, `evaluate`, `localise` and `data` say of files and folders that they do not use. */
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeScenes } from '../src/data/scenes/write-scenes.ts';
import { best, hrm, newFolder } from './helpers/cli.ts';

const work = newFolder();
const at = (path: string): string => join(work, path);
const run = (args: string) => hrm(work, ...args.split(' '));
const pictures =
  'warning: data/train: left out, although pictures by extension or content: 1 .heic, 1 without an ending (disc/a.heic, disc/jpeg); convert, rename or move them\n';
const empty = 'warning: data/test: class folders without a picture: void\n';

beforeAll(async () => {
  await writeScenes({ out: at('data'), classes: 2, train: 8, test: 4, size: 32 });
  mkdirSync(at('data/train/disc/more'));
  mkdirSync(at('data/test/void'));
  mkdirSync(at('data/test/__MACOSX'));
  renameSync(at('data/train/disc/disc-0001.jpg'), at('data/train/disc/more/disc-0002.jfif'));
  copyFileSync(at('data/train/disc/disc-0002.jpg'), at('data/train/disc/jpeg'));
  writeFileSync(at('data/train/disc/a.heic'), '');
  writeFileSync(at('data/train/disc/notes.txt'), '');
});
afterAll(() => rmSync(work, { recursive: true }));

test('train, evaluate, localise report left-out files', async () => {
  const trained = await run(
    'train half --data-dir data --results-name a --im-size 32 --epochs 1 --batch-size 4',
  );
  expect(trained.stderr).toContain(`${pictures}data/train: left out, not pictures: 1 .txt\n${empty}`);
  expect(trained.stdout).toMatch(/^train half: 8 images of 2 classes, validated on 4;/);
  const weights = `--data-dir data --weight-dir ${best('a')}`;
  expect(await run(`evaluate ${weights}`)).toMatchObject({ code: 0, stderr: empty });
  const localised = await run(`localise ${weights} --methods high-res --faithfulness 0 --resamples 10`);
  expect(localised.stderr).toContain(empty);
});

test('data check, split and subset report left-out files', async () => {
  const { stdout } = await run('data check data --json check.json');
  expect(stdout).toMatch(
    /^data: 12 images of 3 classes; left out, not pictures: 1 \.txt; hidden or system files: 1\n/,
  );
  expect(stdout).toContain(
    'left out: pictures, and files that cannot be used: 2\n  train/disc/a.heic: a picture, .heic\n  train/disc/jpeg: a picture, without an ending\n',
  );
  expect(JSON.parse(readFileSync(at('check.json'), 'utf8')).leftOut).toHaveLength(4);
  expect((await run('data split data/train --out split')).stderr).toBe(
    `${pictures}data/train: left out, not pictures: 1 .txt\n`,
  );
  writeFileSync(at('list'), 'square\n');
  expect(await run('data subset data --synsets list --out few')).toMatchObject({ code: 0, stderr: '' });
});

test('an empty class folder in train is an error that names it', async () => {
  mkdirSync(at('data/train/void'));
  const { code, stderr } = await run('train half --data-dir data --results-name b --im-size 32 --epochs 1');
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: data.train.void: no images in this class folder \(\.jpg .*\)\n$/);
});
