import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parquetWriteFile } from 'hyparquet-writer';
import { afterAll, expect, test } from 'vitest';
import { writeHuggingFace } from '../../../test/helpers/hugging-face.ts';
import { tarOf } from '../../../test/helpers/tar.ts';
import type { Container, StreamedPicture } from './container.ts';
import { fileContainer } from './file-container.ts';
import { openContainer } from './open-containers.ts';
import { pictureStream, type Shard, type StreamPosition } from './picture-stream.ts';

const folder = mkdtempSync(join(tmpdir(), 'hrm-streams-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function tar(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const path = join(folder, name);
  const bytes = await tarOf(files);
  writeFileSync(path, name.endsWith('gz') ? gzipSync(bytes) : bytes);
  return path;
}

/** Of each picture: key, content or path, class, error. */
function short({ key, picture, label, error }: StreamedPicture): string {
  const content = typeof picture === 'string' ? picture : Buffer.from(picture).toString();
  return [key, content, label, error].filter((part) => part !== undefined && part !== '').join(' | ');
}

async function all(
  containers: readonly Container[],
  shard: Shard = { index: 0, count: 1 },
  from?: StreamPosition,
): Promise<{ pictures: string[]; positions: StreamPosition[]; notes: string[] }> {
  const [pictures, positions, notes]: [string[], StreamPosition[], string[]] = [[], [], []];
  const stream = pictureStream(containers, shard);
  for await (const { picture, next } of stream.read({ from, onNote: (note) => notes.push(note) })) {
    pictures.push(short(picture));
    positions.push(next);
  }
  return { pictures, positions, notes };
}

const samples = {
  'a/1.jpg': 'one',
  'a/1.cls': '3\n',
  './2.json': '{"label": "cat", "more": [1]}',
  './2.PNG': 'two',
  '2.seg.png': 'mask',
  '._2.jpg': 'hidden',
  '3.cls': '7',
  '4.txt': 'a caption',
  '4.webp': 'four',
};
const found = ['a/1 | one | 3', '2 | two | cat', '3 | 7 | this key has no picture, only a class', '4 | four'];

test.each(['samples.tar', 'samples.tar.gz'])('reads WebDataset from every position: %s', async (name) => {
  const path = await tar(name, samples);
  const container = await openContainer(path);
  const { pictures, positions, notes } = await all([container]);
  expect(pictures).toEqual(found);
  expect(notes).toEqual([`${path}: files that are not read: 1 .seg.png, 1 .txt`]);
  for (const [i, from] of positions.entries()) {
    expect((await all([container], undefined, from)).pictures).toEqual(found.slice(i + 1));
  }
});

test('reports each oddity of a tar or list once', async () => {
  const odd = await tar('odd.tar', {
    '1.jpg': 'one',
    '1.json': '{"label": ',
    '2.jpg': 'two',
    '2.json': '[3]',
  });
  const { pictures, notes } = await all([await openContainer(odd)]);
  expect(pictures).toEqual(['1 | one', '2 | two']);
  expect(notes).toEqual([
    `${odd}: 1.json is not a JSON object, or one of its fields label, class, class_name, cls is neither text nor a number: it gives no class`,
  ]);
  const list = join(folder, 'wide.tsv');
  writeFileSync(list, 'a.jpg\tcat\tx\nb.jpg\tdog\nc.jpg\tcat\ty');
  expect((await all([await openContainer(list)])).notes).toEqual([
    `${list}: text after a second tab is ignored (lines: 2)`,
  ]);
});

test('reads a long name and a folder in a tar', async () => {
  const name = `${'deep/'.repeat(40)}x.jpg`;
  const container = await openContainer(await tar('long.tar', { [name]: 'one', 'y.jpg': 'two' }));
  const { pictures, positions } = await all([container]);
  expect(pictures).toEqual([`${name.slice(0, -4)} | one`, 'y | two']);
  expect((await all([container], undefined, positions[0])).pictures).toEqual(['y | two']);
});

test('reports a damaged tar with its name and the position', async () => {
  const path = await tar('cut.tar', { '1.jpg': 'one', '2.jpg': 'two'.repeat(400), '3.jpg': 'three' });
  truncateSync(path, 2048);
  const cut = await all([await openContainer(path)]);
  expect(cut.pictures).toEqual([
    '1 | one',
    expect.stringMatching(/^2 \| the tar is damaged, the rest of it cannot be read: /),
  ]);
  expect((await all([await openContainer(path)], undefined, cut.positions[1])).pictures).toEqual([]);
  truncateSync(path, 1024);
  expect(await all([await openContainer(path)])).toMatchObject({
    pictures: ['1 | one'],
    notes: [`${path}: the blocks that end a tar are missing, and pictures may be missing, too`],
  });
  writeFileSync(path, 'no tar '.repeat(200));
  expect((await all([await openContainer(path)])).pictures).toEqual([
    expect.stringMatching(/cut\.tar \| the tar is damaged, the rest of it cannot be read: /),
  ]);
});

test("reads Hugging Face's Parquet from every row", async () => {
  const path = join(folder, 'train.parquet');
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  const rows = [
    { image: { bytes: bytes('one'), path: '1.jpg' }, label: 1 },
    { image: { bytes: bytes('\u00e9'), path: '2.jpg' }, label: 0 },
    { image: { path: '3.jpg' }, label: 1 },
    { image: null, label: null },
    { image: { bytes: bytes('five') }, label: 7 },
  ];
  writeHuggingFace(path, ['cat', 'dog'], rows, 2);
  const container = await openContainer(path);
  expect(container.size).toBe(5);
  const { pictures, positions } = await all([container]);
  expect(pictures).toEqual([
    `${path}:0 | one | dog`,
    `${path}:1 | \u00e9 | cat`,
    `${path}:2 | dog | no bytes in the column image`,
    `${path}:3 | no bytes in the column image`,
    `${path}:4 | five | 7`,
  ]);
  for (const [i, from] of positions.entries()) {
    expect((await all([container], undefined, from)).pictures).toEqual(pictures.slice(i + 1));
  }
  truncateSync(path, 100);
  await expect(openContainer(path)).rejects.toThrow(/train\.parquet: not a Parquet file, or damaged: /);
});

test('rejects a Parquet file without pictures', async () => {
  const path = join(folder, 'numbers.parquet');
  parquetWriteFile({ filename: path, columnData: [{ name: 'age', data: [1, 2], type: 'INT32' }] });
  await expect(openContainer(path)).rejects.toThrow(
    "numbers.parquet: a column with the field 'bytes', or one of bytes called 'image', is needed, got age",
  );
});

test('reads a list with classes from every line', async () => {
  const path = join(folder, 'list.txt');
  writeFileSync(path, 'a/1.jpg\tcat\r\n\n  \nb 2.png\n\u00fc.jpg\tdog\tmore');
  const container = await openContainer(path);
  const { pictures, positions } = await all([container]);
  expect(pictures).toEqual(['a/1.jpg | a/1.jpg | cat', 'b 2.png | b 2.png', '\u00fc.jpg | \u00fc.jpg | dog']);
  expect(positions.at(-1)?.at).toBe(container.size);
  for (const [i, from] of positions.entries()) {
    expect((await all([container], undefined, from)).pictures).toEqual(pictures.slice(i + 1));
  }
});

test('shards have every picture once: whole tars if there are enough, otherwise every n-th picture', async () => {
  const names = ['p.tar', 'q.tar', 'r.tar'];
  const paths = await Promise.all(
    names.map((name) => tar(name, { [`${name[0]}1.jpg`]: 'x', [`${name[0]}2.jpg`]: 'x' })),
  );
  const tars = await Promise.all(paths.map(openContainer));
  const keys = async (containers: readonly Container[], shard: Shard): Promise<string[]> =>
    (await all(containers, shard)).pictures.map((text) => text.split(' ')[0]);
  expect(await keys(tars, { index: 0, count: 2 })).toEqual(['p1', 'p2', 'r1', 'r2']);
  expect(await keys(tars, { index: 1, count: 2 })).toEqual(['q1', 'q2']);
  expect(pictureStream(tars, { index: 0, count: 2 }).by).toBe('container');
  const mixed = [fileContainer(['f1', 'f2', 'f3']), ...tars];
  for (const [containers, count] of [
    [tars, 4],
    [mixed, 2],
    [[fileContainer(['f1'])], 3],
  ] as const) {
    const shares = [];
    for (let index = 0; index < count; index++) {
      const shard = { index, count };
      const share = await all(containers, shard);
      for (const [i, from] of share.positions.entries()) {
        expect((await all(containers, shard, from)).pictures).toEqual(share.pictures.slice(i + 1));
      }
      shares.push(...share.pictures);
    }
    expect(shares.sort()).toEqual((await all(containers)).pictures.sort());
  }
});

test('reports progress; another order gives another fingerprint', async () => {
  const files = fileContainer(['a', 'b', 'c', 'd']);
  const stream = pictureStream([files, files], { index: 0, count: 1 });
  const { positions } = await all([files, files]);
  expect(positions.map((position) => stream.done(position))).toEqual([
    0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1,
  ]);
  const other = pictureStream([fileContainer(['b', 'a'])], { index: 0, count: 1 });
  expect(other.fingerprint).not.toBe(
    pictureStream([fileContainer(['a', 'b'])], { index: 0, count: 1 }).fingerprint,
  );
});
