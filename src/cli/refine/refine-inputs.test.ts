import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { encodeNpy } from '../../tensor/npy.ts';
import { type DType, type Picture, tensor } from '../../tensor/tensor.ts';
import { parseArrayPath } from './read-array.ts';
import { readMap } from './read-map.ts';
import { readPictureArray } from './read-picture-array.ts';

const folder = mkdtempSync(join(tmpdir(), 'hrm-refine-'));

function put(name: string, bytes: Uint8Array): string {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
}

const array = (dtype: DType, shape: readonly number[], values: readonly number[]): Uint8Array =>
  encodeNpy(tensor(dtype, shape, values));

async function picture(bytes: Uint8Array): Promise<{ read: Picture | undefined; told: string[] }> {
  const told: string[] = [];
  const path = put('picture.npy', bytes);
  const read = await readPictureArray({ path }, (line) => told.push(line.replace(path, 'picture.npy')));
  return { read, told };
}

test('a path may select an array of a .npz file', () => {
  expect(parseArrayPath('a/maps.npz:high')).toEqual({ path: 'a/maps.npz', array: 'high' });
  expect(parseArrayPath('C:\\maps.NPZ:a:b')).toEqual({ path: 'C:\\maps.NPZ', array: 'a:b' });
  for (const path of ['maps.npz', 'C:\\map.npy', 'a:b.png', 'x.npz:'])
    expect(parseArrayPath(path)).toEqual({ path, array: undefined });
});

test.each<[DType, number[]]>([
  ['float64', [2, 3]],
  ['int32', [1, 2, 3]],
  ['int64', [2, 3, 1]],
  ['uint8', [1, 1, 2, 3, 1]],
  ['bool', [2, 3]],
])('reads a map of %s, %j', async (dtype, shape) => {
  const path = put('map.npy', array(dtype, shape, [0, 1, 1, 0, 0, 1]));
  const map = await readMap(path, () => expect.unreachable());
  expect(map).toEqual(tensor('float32', [2, 3], [0, 1, 1, 0, 0, 1]));
});

test('reads a map from a .npz file and from a grey PNG, and reports its scale', async () => {
  const files = { 'a.npy': array('float32', [1, 2], [0, 1]), 'b.npy': array('float32', [1, 2], [5, 6]) };
  const path = put('maps.npz', zipSync(files));
  expect([...(await readMap(`${path}:b`, () => expect.unreachable())).data]).toEqual([5, 6]);
  const told: string[] = [];
  const png = encode({ width: 2, height: 1, channels: 1, depth: 16, data: Uint16Array.of(0, 65535) });
  const map = await readMap(put('map.png', png), (line) => told.push(line));
  expect([...map.data]).toEqual([0, 1]);
  expect(told.join()).toMatch(/map\.png: a picture, .* its 16-bit grey levels, 0 to 65535, become 0 to 1$/);
});

test('rejects impossible map values and names their position', async () => {
  const odd = put('odd.npy', array('float64', [2, 3], [0, 1, 2, Number.NaN, Number.POSITIVE_INFINITY, 3]));
  await expect(readMap(odd, () => {})).rejects.toThrow(
    '2 of 6 are not (1 NaN, 1 infinite), the first at [1, 0]',
  );
  const far = put('far.npy', array('float64', [1, 2], [0, 1e300]));
  await expect(readMap(far, () => {})).rejects.toThrow(
    'its values, from 0 to 1e+300, exceed the range of float32',
  );
  await expect(readMap(put('none.npy', array('uint8', [0, 3], [])), () => {})).rejects.toThrow(
    'at least one pixel',
  );
  await expect(readMap(`${odd}:x`, () => {})).rejects.toThrow('no such file');
  await expect(readMap(`${put('no.npz', array('uint8', [1, 1], [1]))}:x`, () => {})).rejects.toThrow(
    "not a .npz file; only there can ':x' choose an array",
  );
});

test.each<[number[], number[], string?]>([
  [
    [2, 2],
    [2, 2, 1],
  ],
  [
    [2, 2, 1],
    [2, 2, 1],
  ],
  [
    [1, 2, 2],
    [2, 2, 1],
  ],
  [
    [1, 2, 2, 1],
    [2, 2, 1],
  ],
  [
    [2, 2, 3],
    [2, 2, 3],
  ],
  [
    [1, 2, 2, 3],
    [2, 2, 3],
  ],
  [[3, 2, 2], [2, 2, 3], 'picture.npy: [3,2,2] is read with channels first: 3 channels of 2 x 2'],
])('reads a picture of shape %j', async (shape, expected, note) => {
  const values = Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => i + 1);
  const { read, told } = await picture(array('uint8', shape, values));
  expect(read?.shape).toEqual(expected);
  expect([...(read?.data ?? [])]).toEqual(shape[0] === 3 ? [1, 5, 9, 2, 6, 10, 3, 7, 11, 4, 8, 12] : values);
  expect(told).toEqual(note ? [note] : []);
});

test.each<[DType, number[], number[], string[]]>([
  [
    'float32',
    [0, 0.5, 1, 1.0005],
    [0, 128, 255, 255],
    ['float32 from 0 to 1.000499963760376 is read as a picture with 1 as white'],
  ],
  [
    'float64',
    [0, 1, 254.6, 255],
    [0, 1, 255, 255],
    ['float64 from 0 to 255 is read as a picture with 255 as white'],
  ],
  ['int32', [0, 1, 200, 255], [0, 1, 200, 255], []],
  [
    'uint8',
    [0, 1, 1, 0],
    [0, 1, 1, 0],
    ['no value is above 1, and 255 is white: the picture is almost black'],
  ],
])('rejects a picture of %s, %j', async (dtype, values, levels, notes) => {
  const { read, told } = await picture(array(dtype, [2, 2], values));
  expect([...(read?.data ?? [])]).toEqual(levels);
  expect(told).toEqual(notes.map((note) => `picture.npy: ${note}`));
});

test('rejects impossible picture values and files that are not pictures', async () => {
  const rule = 'a picture has whole numbers from 0 to 255, or floats from 0 to 1; this one is';
  await expect(picture(array('float32', [1, 2], [-2.5, 2]))).rejects.toThrow(
    `${rule} float32, from -2.5 to 2`,
  );
  await expect(picture(array('int32', [1, 2], [0, 4095]))).rejects.toThrow(`${rule} int32, from 0 to 4095`);
  await expect(picture(array('bool', [1, 2], [0, 1]))).rejects.toThrow(`${rule} bool`);
  await expect(picture(array('float32', [1, 2], [0, Number.NaN]))).rejects.toThrow('1 NaN, 0 infinite');
  await expect(picture(array('uint8', [2, 2, 4], Array(16).fill(9)))).rejects.toThrow('got uint8 [2,2,4]');
  await expect(picture(array('uint8', [0, 2, 3], []))).rejects.toThrow('got uint8 [0,2,3]');
  expect(await picture(Uint8Array.from([0xff, 0xd8, 0xff]))).toEqual({ read: undefined, told: [] });
});
