import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetWriteFile, type SchemaElement } from 'hyparquet-writer';
import { afterAll, expect, test } from 'vitest';
import { tarOf } from '../../../test/helpers/tar.ts';
import type { StreamedPicture } from './container.ts';
import { openContainer } from './open-containers.ts';
import { rawTruthOf } from './stream-truth.ts';

const folder = mkdtempSync(join(tmpdir(), 'hrm-truth-'));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

async function pictures(name: string, withTruth = true): Promise<StreamedPicture[]> {
  const found = [];
  const container = await openContainer(at(name));
  for await (const { picture } of container.read(0, () => {}, withTruth)) found.push(picture);
  return found;
}

/** Mask, boxes and problem of each picture. */
async function truths(name: string): Promise<unknown[]> {
  return (await pictures(name)).map((one) => {
    const { mask, boxes, problem } = rawTruthOf(one);
    const content = mask?.bytes === undefined ? undefined : Buffer.from(mask.bytes).toString();
    const file = mask && { file: mask.path.slice(folder.length + 1), content };
    return { ...file, ...boxes, ...(problem !== undefined && { problem }) };
  });
}

test('a tar: reads masks and boxes before or after the picture, and JSON with class and boxes', async () => {
  const files = {
    'a.mask.png': 'mask a',
    'a.png': 'a',
    'a.cls': 'cat',
    'b.jpg': 'b',
    'b.seg.png': 'mask b',
    'b.boxes.json': '{"size": [9, 8], "boxes": [[1, 2, 3, 4]]}',
    'c.jpg': 'c',
    'c.cls': 'cat',
    'c.json': '{"label": "dog", "boxes": [[1, 2, 3, 4]]}',
    'd.jpg': 'd',
    'd.json': '{"label": "dog"}',
    'e.jpg': 'e',
    'e.boxes.json': 'none',
  };
  writeFileSync(at('t.tar'), await tarOf(files));
  expect(await truths('t.tar')).toEqual([
    { file: 't.tar: a.mask.png', content: 'mask a' },
    { file: 't.tar: b.seg.png', content: 'mask b', size: [9, 8], boxes: [[1, 2, 3, 4]] },
    { boxes: [[1, 2, 3, 4]] },
    {},
    { problem: expect.stringMatching(/^"boxes": .* are needed$/) },
  ]);
  const plain = await pictures('t.tar', false);
  expect(plain.map(({ key, label, truth }) => [key, label, truth])).toEqual([
    ['a', 'cat', undefined],
    ['b', undefined, undefined],
    ['c', 'cat', undefined],
    ['d', 'dog', undefined],
    ['e', undefined, undefined],
  ]);
  expect(Buffer.from(plain[0].picture as Uint8Array).toString()).toBe('a');
});

/** A list of what is in `element`. */
function list(name: string, ...element: SchemaElement[]): SchemaElement[] {
  return [
    { name, num_children: 1, repetition_type: 'OPTIONAL', converted_type: 'LIST' },
    { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
    ...element,
  ];
}

const struct = (name: string): SchemaElement => ({ name, num_children: 1, repetition_type: 'OPTIONAL' });
const numbers = { name: 'element', type: 'FLOAT', repetition_type: 'OPTIONAL' } as const;
const boxes = [
  [1, 2, 3, 4],
  [5, 6, 7, 8],
];

test.each([
  [
    'lists in a struct',
    [struct('objects'), ...list('bbox', ...list('element', numbers))],
    { bbox: boxes },
    { bbox: [[1, 2, 0, 4]] },
  ],
  [
    'a list of structs',
    list('objects', struct('element'), ...list('bbox', numbers)),
    boxes.map((bbox) => ({ bbox })),
    [{ bbox: [1, 2, 0, 4] }],
  ],
] as const)('reads Parquet with objects: %s', async (_, schema, objects, wrong) => {
  parquetWriteFile({
    filename: at('o.parquet'),
    columnData: [
      { name: 'objects', data: [objects, null, wrong] },
      { name: 'image', data: ['x', 'y', 'z'].map((text) => new TextEncoder().encode(text)) },
    ],
    schema: [
      { name: 'root', num_children: 2 },
      ...schema,
      { name: 'image', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
    ],
  });
  const corners = [
    [1, 2, 4, 6],
    [5, 6, 12, 14],
  ];
  expect(await truths('o.parquet')).toEqual([
    { boxes: corners },
    {},
    { problem: expect.stringMatching(/^the column objects needs a field bbox: /) },
  ]);
  expect((await pictures('o.parquet', false))[0].truth).toEqual({});
});

test('a list: reads masks and boxes from its folder', async () => {
  mkdirSync(at('l/masks/test'), { recursive: true });
  writeFileSync(at('l/masks/test/a.png'), 'mask');
  writeFileSync(at('l/masks/test/b.webp'), 'mask');
  writeFileSync(at('l/boxes.json'), '{"test/b.jpg": {"boxes": [[1, 2, 3, 4]]}}');
  const paths = ['l/test/a.jpg', 'l/test/b.jpg', 'l/test/c.jpg', 'a.jpg'];
  writeFileSync(at('l/list.txt'), paths.map(at).join('\n'));
  expect(await truths('l/list.txt')).toEqual([
    { file: 'l/masks/test/a.png' },
    { file: 'l/masks/test/b.webp', boxes: [[1, 2, 3, 4]] },
    {},
    {},
  ]);
});
