import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode, type ImageData } from 'fast-png';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MaskValues, readMaskValues } from './mask-values.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'mask-values-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

async function read(bytes: Uint8Array): Promise<MaskValues> {
  const path = join(dir, 'mask');
  writeFileSync(path, bytes);
  return await readMaskValues({ path });
}
/** Three pixels wide. */
const png = (values: readonly number[], channels = 1, more: Partial<ImageData> = {}): Uint8Array =>
  encode({
    width: 3,
    height: values.length / channels / 3,
    channels,
    depth: 8,
    data: more.depth === 16 ? Uint16Array.from(values) : Uint8Array.from(values),
    ...more,
  });
const found = async (bytes: Uint8Array): Promise<[string, number[]]> => {
  const { kind, values } = await read(bytes);
  return [kind, [...values]];
};
const rgb = (...colours: readonly number[]): number[] =>
  colours.flatMap((c) => [c >> 16, (c >> 8) & 255, c & 255]);
const voc = [
  [0, 0, 0],
  [128, 0, 0],
  [0, 128, 0],
];

test('reads greys of 8 and 16 bits unchanged', async () => {
  expect(await read(png([0, 1, 255, 127, 128, 3]))).toEqual({
    kind: 'greys',
    width: 3,
    height: 2,
    values: Uint32Array.of(0, 1, 255, 127, 128, 3),
    top: 255,
    turned: false,
  });
  const deep = await read(png([0, 1, 300, 40000, 65535, 255], 1, { depth: 16 }));
  expect([...deep.values, deep.top]).toEqual([0, 1, 300, 40000, 65535, 255, 65535]);
});

test('reads three equal channels, and opaque ones, as greys', async () => {
  expect(await found(png(rgb(0, 0x010101, 0xffffff), 3))).toEqual(['greys', [0, 1, 255]]);
  expect(await found(png([0, 255, 2, 255, 255, 255], 2))).toEqual(['greys', [0, 2, 255]]);
});

test.each([1, 2, 4] as const)('does not stretch greys of %i bits', async (depth) => {
  const values = depth === 1 ? [0, 1, 1] : [0, 1, 3];
  const byte = values.reduce((bits, value, i) => bits | (value << (8 - depth * (i + 1))), 0);
  const data = depth === 4 ? Uint8Array.of(0x01, 0x30) : Uint8Array.of(byte);
  expect(await found(png([0, 0, 0], 1, { depth, data }))).toEqual(['greys', values]);
});

test('ignores a colour profile', async () => {
  const raw = { width: 3, height: 1, channels: 3 } as const;
  const file = await sharp(Uint8Array.from(rgb(0, 0x010101, 0x0f0f0f)), { raw })
    .withIccProfile('p3')
    .png()
    .toBuffer();
  expect(await found(file)).toEqual(['greys', [0, 1, 15]]);
});

test('reads the indices of a palette', async () => {
  expect(await found(png([0, 2, 1], 1, { palette: voc }))).toEqual(['palette labels', [0, 2, 1]]);
  const data = Uint8Array.of(0b00_10_01_00);
  expect(await found(png([0, 0, 0], 1, { depth: 2, data, palette: voc }))).toEqual([
    'palette labels',
    [0, 2, 1],
  ]);
  const none = Array.from({ length: 256 }, () => [0, 0, 0]);
  expect(await found(png([0, 255, 7], 1, { palette: none }))).toEqual(['palette labels', [0, 255, 7]]);
});

test('reads the colours of a palette if it is grey, or black is not its first colour', async () => {
  const greys = [
    [255, 255, 255],
    [0, 0, 0],
  ];
  expect(await found(png([1, 0, 1], 1, { palette: greys }))).toEqual(['greys', [0, 255, 0]]);
  const sorted = [
    [128, 0, 0],
    [0, 0, 0],
  ];
  expect(await found(png([1, 0, 1], 1, { palette: sorted }))).toEqual(['colours', [0, 0x800000, 0]]);
  const quantised = [
    [255, 255, 255, 0],
    [255, 255, 255, 255],
  ];
  expect(await found(png([1, 0, 1], 1, { palette: quantised }))).toEqual(['alpha', [255, 0, 255]]);
});

test('alpha is the mask if colours are constant, the object has one colour, or it is a cut-out', async () => {
  expect(await found(png([255, 0, 255, 9, 255, 255], 2))).toEqual(['alpha', [0, 9, 255]]);
  expect(await found(png([255, 255, 255, 0, 255, 0, 0, 255, 255, 255, 255, 0], 4))).toEqual([
    'alpha',
    [0, 255, 0],
  ]);
  expect(await found(png([255, 0, 255, 0, 255, 0], 2))).toEqual(['alpha', [0, 0, 0]]);
  const cut = Array.from({ length: 99 }, (_, i) => [i, 2 * i, 255 - i, i < 9 ? 0 : 255]).flat();
  const [kind, values] = await found(png(cut, 4));
  expect([kind, values.filter((value) => value === 255).length]).toEqual(['alpha', 90]);
});

test('transparent pixels of a label picture are background', async () => {
  const values = [9, 9, 9, 0, 1, 1, 1, 255, 2, 2, 2, 255];
  expect(await found(png(values, 4))).toEqual(['greys', [0, 1, 2]]);
});

test('rejects alpha and colours that contradict each other', async () => {
  const values = [255, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255];
  await expect(read(png(values, 4))).rejects.toThrow('mask: colours and alpha contradict each other');
});

test('reads colours and soft edges of one colour, rejects too many colours', async () => {
  expect(await found(png(rgb(0, 0x800000, 0x008000), 3))).toEqual(['colours', [0, 0x800000, 0x008000]]);
  const red = Array.from({ length: 21 }, (_, i) => [10 * i, 0, 0]);
  expect(await found(png(red.flat(), 3))).toEqual(['greys', red.map(([r]) => Math.round((255 * r) / 200))]);
  const many = Array.from({ length: 99 }, (_, i) => [i, 255 - i, i % 7]).flat();
  await expect(read(png(many, 3))).rejects.toThrow(
    'mask: 99 colours, so this is a picture and not a mask; a mask has at most 64',
  );
});

test('reads BMP, TIFF, GIF and WebP', async () => {
  const raw = { width: 3, height: 1, channels: 1 } as const;
  const image = () => sharp(Uint8Array.of(0, 1, 255), { raw }).toColourspace('b-w');
  expect(await found(await image().tiff({ compression: 'lzw' }).toBuffer())).toEqual(['greys', [0, 1, 255]]);
  expect(await found(await image().webp({ lossless: true }).toBuffer())).toEqual(['greys', [0, 1, 255]]);
  const two = sharp(Uint8Array.of(0, 255, 255), { raw }).toColourspace('b-w');
  expect(await found(await two.gif().toBuffer())).toEqual(['greys', [0, 255, 255]]);
  const deep = sharp(Uint16Array.of(0, 300, 65535), { raw })
    .toColourspace('grey16')
    .tiff({ compression: 'none' });
  expect(await found(await deep.toBuffer())).toEqual(['greys', [0, 300, 65535]]);

  const bmp = new DataView(new ArrayBuffer(14 + 40 + 12));
  const fields: readonly [number, number][] = [
    [10, 54],
    [14, 40],
    [18, 3],
    [22, 1],
    [28, 24],
  ];
  bmp.setUint16(0, 0x424d);
  for (const [at, value] of fields) bmp.setUint32(at, value, true);
  for (const c of [0, 1, 2]) bmp.setUint8(54 + 3 + c, 255);
  expect(await found(new Uint8Array(bmp.buffer))).toEqual(['greys', [0, 255, 0]]);
});

test("applies the mask's own orientation", async () => {
  const raw = { width: 3, height: 1, channels: 1 } as const;
  const image = sharp(Uint8Array.of(1, 2, 3), { raw })
    .toColourspace('b-w')
    .withMetadata({ orientation: 8 });
  expect(await read(await image.png().toBuffer())).toMatchObject({
    width: 1,
    height: 3,
    values: Uint32Array.of(3, 2, 1),
    turned: true,
  });
});

test('rejects unreadable masks with the reason', async () => {
  await expect(read(new Uint8Array(0))).rejects.toThrow('mask: the file is empty');
  await expect(read(png([0, 1, 2], 1, { palette: voc }).subarray(0, 60))).rejects.toThrow('mask: ');
  await expect(read(png([0, 1, 3], 1, { palette: voc }))).rejects.toThrow(
    'label 3 has no colour, the palette has 3 colours: save the mask with 4 or more, or as grey',
  );
  const interlaced = encode(
    { width: 3, height: 1, channels: 1, depth: 2, data: Uint8Array.of(0b00_10_01_00), palette: voc },
    { interlace: 'Adam7' },
  );
  await expect(read(interlaced)).rejects.toThrow('save it without interlacing');
});
