import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { type TiffKind, tiff } from '../../../test/helpers/tiff.ts';
import { readPicture } from './decode.ts';
import { readPictureHeader } from './picture-header.ts';
import { unlikelyValues, unusedRange } from './value-range.ts';

const square = { width: 2, height: 2 };
const grey = async (bytes: Uint8Array, valueRange?: [number, number]): Promise<number[]> => [
  ...(await readPicture(bytes, { channels: 1, valueRange })).data,
];

describe('values that are not grey levels', () => {
  const floats = { bits: 32, format: 3 };
  test.each<[string, Partial<TiffKind>, ArrayBufferView, string]>([
    ['float32', floats, Float32Array.of(-1024, 0, 0.5, 3071), '32-bit floats from -1024 to 3071'],
    [
      'float64',
      { bits: 64, format: 3 },
      Float64Array.of(0.1, 0.2, 0.3, 0.4),
      '64-bit floats from 0.1 to 0.4',
    ],
    ['float16', { bits: 16, format: 3 }, Uint16Array.of(0, 0x3c00, 0, 0), '16-bit floats from 0 to 1'],
    ['int8', { format: 2 }, Int8Array.of(-5, 1, 2, 3), '8-bit signed integers from -5 to 3'],
    [
      'int16',
      { bits: 16, format: 2 },
      Int16Array.of(-1000, 1, 2, 3),
      '16-bit signed integers from -1000 to 3',
    ],
    [
      'int32',
      { bits: 32, format: 2 },
      Int32Array.of(-2e9, 1, 2, 2e9),
      '32-bit signed integers from -2000000000 to',
    ],
    ['uint32', { bits: 32 }, Uint32Array.of(7, 4e9, 9, 9), '32-bit integers from 7 to 4000000000'],
    ['12 bits', { bits: 12 }, Uint8Array.of(0xff, 0xf0, 1, 0, 0, 0), '12-bit integers from 0 to 4095'],
    [
      'NaN',
      floats,
      Float32Array.of(1, 2, Number.NaN, 4),
      '32-bit floats from 1 to 4, and 1 that is NaN or infinite',
    ],
    ['NaN', floats, new Float32Array(4).fill(Number.NaN), '32-bit floats that are all NaN or infinite'],
  ])('%s', async (_, kind, values, words) => {
    await expect(readPicture(tiff({ ...square, ...kind }, values))).rejects.toThrow(
      `the picture: its values are ${words}`,
    );
    await expect(readPicture(tiff({ ...square, ...kind }, values))).rejects.toThrow(
      /, not grey levels: give the values of black and white with --value-range min,max$/,
    );
  });

  test.each<[string, Partial<TiffKind>, ArrayBufferView]>([
    ['float32', floats, Float32Array.of(-20, 10, 20, 100)],
    ['float64', { bits: 64, format: 3 }, Float64Array.of(-20, 10, 20, Number.POSITIVE_INFINITY)],
    ['int16', { bits: 16, format: 2 }, Int16Array.of(-20, 10, 20, 100)],
    ['uint32', { bits: 32 }, Uint32Array.of(0, 10, 20, 4e9)],
    ['uint16', { bits: 16 }, Uint16Array.of(0, 10, 20, 65_535)],
  ])('reads %s by a range, clipped', async (_, kind, values) => {
    expect(await grey(tiff({ ...square, ...kind }, values), [0, 50])).toEqual([0, 51, 102, 255]);
  });

  test('colours', async () => {
    const bytes = tiff(
      { width: 1, height: 1, bits: 32, format: 3, photometric: 2, samples: 3 },
      Float32Array.of(0, 0.2, 1),
    );
    expect([...(await readPicture(bytes, { valueRange: [0, 1] })).data]).toEqual([0, 51, 255]);
  });

  test('the smallest value is white if the file says so', async () => {
    const bytes = tiff({ ...square, ...floats, photometric: 0 }, Float32Array.of(0, 0.2, 0.4, 1));
    expect(await grey(bytes, [0, 1])).toEqual([255, 204, 153, 0]);
  });

  test('rejects NaN', async () => {
    const bytes = tiff({ ...square, ...floats }, Float32Array.of(1, 2, Number.NaN, 4));
    await expect(grey(bytes, [0, 1])).rejects.toThrow('1 of its 4 values is NaN, which is not a grey level');
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('turns upright: orientation %i', async (orientation) => {
    const kind = { width: 3, height: 2, tags: { 274: orientation } };
    const levels = [0, 50, 100, 150, 200, 250];
    const plain = await readPicture(tiff(kind, Uint8Array.from(levels)));
    const floating = tiff({ ...kind, ...floats }, Float32Array.from(levels));
    const { shape, data } = await readPicture(floating, { valueRange: [0, 255] });
    expect([shape, data]).toEqual([plain.shape, plain.data]);
    const { width, height } = await readPictureHeader(floating);
    expect(shape).toEqual([height, width, 3]);
  });

  test('a range has no effect on 8 bits', async () => {
    expect(await grey(tiff(square, Uint8Array.of(0, 1, 2, 255)), [0, 1])).toEqual([0, 1, 2, 255]);
  });

  test('reads a 16-bit PNG by a range', async () => {
    const bytes = await sharp(Uint16Array.of(0, 819, 4095, 65_535), { raw: { ...square, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    expect(await grey(bytes)).toEqual([0, 3, 15, 255]);
    expect(await grey(bytes, [0, 4095])).toEqual([0, 51, 255, 255]);
  });

  test('rejects a range unless it is two numbers, black < white', async () => {
    for (const range of [
      [1, 1],
      [2, 1],
      [0, Number.NaN],
      [0, Number.POSITIVE_INFINITY],
    ] as [number, number][])
      await expect(grey(new Uint8Array(9), range)).rejects.toThrow(
        `readPicture: valueRange is [black, white], black < white, got [${range}]`,
      );
  });
});

describe('bands', () => {
  const read = (kind: Partial<TiffKind>): Promise<unknown> =>
    readPicture(tiff({ ...square, ...kind }, new Uint8Array(4 * (kind.samples ?? 1))));

  test.each<[string, Partial<TiffKind>]>([
    ['8 bands of a satellite', { samples: 8, extra: Array(7).fill(0) }],
    ['13', { samples: 13, extra: Array(12).fill(0) }],
    ['3 bands that are not colours', { samples: 3, extra: [0, 0] }],
    ['5', { photometric: 2, samples: 5, extra: [0, 2] }],
  ])('rejects %s', async (_, kind) => {
    await expect(read(kind)).rejects.toThrow(
      `it has ${kind.samples} bands; a picture must have 1 band (grey) or 3 (colours)`,
    );
  });

  test.each<[string, Partial<TiffKind>]>([
    ['colours and infrared', { photometric: 2, samples: 4, extra: [0] }],
    ['colours and a band of unknown meaning', { photometric: 2, samples: 4 }],
    ['two', { samples: 2, extra: [0] }],
  ])('rejects %s', async (_, kind) => {
    await expect(read(kind)).rejects.toThrow(
      `it has ${kind.samples} bands, and the last one is not marked as transparency;`,
    );
  });

  test('puts transparent pixels on white', async () => {
    const bytes = tiff({ width: 2, height: 1, samples: 2, extra: [2] }, Uint8Array.of(0, 255, 0, 0));
    expect(await grey(bytes)).toEqual([0, 255]);
    const floating = tiff(
      { width: 1, height: 1, bits: 32, format: 3, samples: 2, extra: [2] },
      new Float32Array(2),
    );
    await expect(grey(floating)).rejects.toThrow('its values are 32-bit floats, with transparency');
  });
});

describe('colour spaces other than RGB', () => {
  // Red, by the formulas of each: sRGB (255, 0, 0) is L 53, a 80, b 67.
  test.each(['lab', 'cmyk'])('reads a TIFF in %s', async (space) => {
    const bytes = await sharp({ create: { width: 2, height: 2, channels: 3, background: 'red' } })
      .toColourspace(space)
      .tiff({ compression: 'lzw' })
      .toBuffer();
    expect((await sharp(bytes).metadata()).space).toBe(space);
    const [r, g, b] = (await readPicture(bytes)).data;
    expect(r).toBeGreaterThan(225);
    expect(Math.max(g, b)).toBeLessThan(30);
  });

  test('reads Lab of 16 bits, rejects 8 bits', async () => {
    const kind = { width: 1, height: 1, photometric: 8, samples: 3 };
    const lab = Int16Array.of(34_883, 80 * 256, 67 * 256);
    const [r, g, b] = (await readPicture(tiff({ ...kind, bits: 16, format: 2 }, lab))).data;
    expect(r).toBeGreaterThan(250);
    expect(Math.max(g, b)).toBeLessThan(5);
    await expect(readPicture(tiff(kind, new Uint8Array(3)))).rejects.toThrow(
      'its colours are 8-bit integers of kind 8 (PhotometricInterpretation), which are not supported',
    );
  });

  test('rejects numbers without an array type', async () => {
    await expect(readPicture(tiff({ ...square, bits: 64 }, new BigUint64Array(4)))).rejects.toThrow(
      'its values are 64-bit integers, which are not supported',
    );
    await expect(readPicture(tiff({ ...square, bits: 64, format: 6 }, new Float64Array(4)))).rejects.toThrow(
      'its values are 64-bit complex numbers, which are not supported',
    );
  });
});

describe('16 bits with fewer bits used', () => {
  const unlikely = async (bytes: Uint8Array): Promise<string | undefined> =>
    unlikelyValues(bytes, await readPictureHeader(bytes), undefined);
  const png = (...values: number[]): Promise<Uint8Array> =>
    sharp(Uint16Array.from(values), { raw: { ...square, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();

  test.each([
    [4095, 4095],
    [1024, 4095],
    [1023, 1023],
    [200, 255],
  ])('up to %i: suggests white %i', async (most, white) => {
    const note = `its largest 16-bit value is ${most}, so it looks nearly black: if white is ${white}, use --value-range 0,${white}`;
    expect(await unlikely(await png(0, 1, 2, most))).toBe(note);
    expect(await unlikely(tiff({ ...square, bits: 16 }, Uint16Array.of(0, 1, 2, most)))).toBe(note);
    const pgm = Buffer.from([...Buffer.from('P5 1 1 65535\n'), most >> 8, most & 255]);
    expect(await unlikely(pgm)).toBe(note);
  });

  test('gives no note for other files', async () => {
    expect(await unlikely(await png(0, 1, 2, 4096))).toBeUndefined();
    expect(await unlikely(await png(0, 0, 0, 0))).toBeUndefined();
    expect(await unlikely(tiff(square, new Uint8Array(4)))).toBeUndefined();
    expect(await unlikely(Buffer.from([...Buffer.from('P5 1 1 4095\n'), 1, 0]))).toBeUndefined();
  });

  test('passes notes to the reader', async () => {
    const notes: string[] = [];
    const onNote = (note: string): unknown => notes.push(note);
    await readPicture(await png(0, 1, 2, 4095), { onNote });
    await readPicture(await png(0, 1, 2, 4095), { onNote, valueRange: [0, 4095] });
    await readPicture(tiff({ ...square, bits: 32, format: 3 }, new Float32Array(4)), {
      onNote,
      valueRange: [0, 1],
    });
    expect(notes).toEqual([expect.stringMatching(/^its largest 16-bit value is 4095, so/)]);
    const jpeg = await sharp(new Uint8Array(64), { raw: { width: 8, height: 8, channels: 1 } })
      .jpeg()
      .toBuffer();
    for (const size of [8, undefined]) {
      notes.length = 0;
      await readPicture(jpeg, { onNote, size });
      expect(notes).toEqual([]);
      await readPicture(jpeg, { onNote, size, valueRange: [0, 1] });
      expect(notes).toEqual([unusedRange]);
    }
  });

  test('notes a range that makes nearly all of a picture black or white', async () => {
    const notes: string[] = [];
    const onNote = (note: string): unknown => notes.push(note);
    const floats = tiff({ width: 2, height: 2, bits: 32, format: 3 }, Float32Array.of(0, 0.5, 0.75, 1));
    await readPicture(floats, { onNote, valueRange: [0, 4095] });
    await readPicture(await png(100, 200, 300, 4095), { onNote, valueRange: [0, 1] });
    expect(notes).toEqual([
      '--value-range 0,4095 makes it nearly all black: it has values from 0 to 1',
      '--value-range 0,1 makes it nearly all white: it has values from 100 to 4095',
    ]);
    notes.length = 0;
    await readPicture(Buffer.from('P2 2 2 4095 100 200 300 4095'), { onNote, valueRange: [0, 1] });
    expect(notes).toEqual([expect.stringMatching('^--value-range 0,1 makes it nearly all white: ')]);
    notes.length = 0;
    await readPicture(floats, { onNote, valueRange: [0, 1] });
    expect(notes).toEqual([]);
  });

  test('notes that only the first of several pages or frames is read', async () => {
    const frames = sharp(
      Uint8Array.from({ length: 8 * 24 * 3 }, (_, i) => 80 * Math.floor(i / 192) + (i % 64)),
      {
        raw: { width: 8, height: 24, channels: 3, pageHeight: 8 },
      },
    );
    const notes: string[] = [];
    const onNote = (note: string): unknown => notes.push(note);
    for (const format of ['gif', 'webp', 'tiff'] as const) {
      await readPicture(await frames.clone().toFormat(format).toBuffer(), { onNote });
    }
    expect(notes).toEqual([
      'only the first of its 3 frames is read',
      'only the first of its 3 frames is read',
      'only the first of its 3 pages is read',
    ]);
  });
});
