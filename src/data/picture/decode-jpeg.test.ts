import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp, { type JpegOptions, type Sharp } from 'sharp';
import { describe, expect, test } from 'vitest';
import { random } from '../../tensor/random.ts';
import { type Picture, tensor } from '../../tensor/tensor.ts';
import { readPicture } from './decode.ts';
import { decodePlainJpeg } from './decode-jpeg.ts';
import { resize } from './resize.ts';

/** Colours that change smoothly. */
function smooth(width: number, height: number): Sharp {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      data[i++] = 128 + 60 * Math.sin(x / 9) + 20 * Math.cos(y / 5);
      data[i++] = 128 - 50 * Math.sin(x / 7 + y / 11);
      data[i++] = 128 + 60 * Math.cos(y / 8);
    }
  }
  return sharp(data, { raw: { width, height, channels: 3 } });
}

function noise(width: number, height: number): Sharp {
  const draw = random(1);
  const data = Uint8Array.from({ length: width * height * 3 }, () => draw.integer(256));
  return sharp(data, { raw: { width, height, channels: 3 } });
}

/** Decoded at full size by sharp, that is by libjpeg-turbo; resized by our filter, which has its own test. */
async function bySharp(bytes: Uint8Array, height: number, width: number): Promise<Picture> {
  const { space } = await sharp(bytes).metadata();
  const { data, info } = await sharp(bytes).toColourspace(space).raw().toBuffer({ resolveWithObject: true });
  return resize(
    tensor('uint8', [info.height, info.width, info.channels], new Uint8Array(data)),
    height,
    width,
  );
}

/** Of grey levels: the mean of their absolute differences, the mean of the differences, the largest. */
function difference(a: Picture | undefined, b: Picture): { mean: number; bias: number; most: number } {
  expect(a?.shape).toEqual(b.shape);
  let [sum, bias, most] = [0, 0, 0];
  for (const [i, value] of b.data.entries()) {
    const off = (a as Picture).data[i] - value;
    sum += Math.abs(off);
    bias += off;
    most = Math.max(most, Math.abs(off));
  }
  return { mean: sum / b.data.length, bias: bias / b.data.length, most };
}

/** 28 x 20 pixels each, by Pillow 13: `subsampling=1`, and `restart_marker_blocks=1`. */
const halvedAcross =
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAUDBAQEAwUEBAQFBQUGBwwIBwcHBw8LCwkMEQ8SEhEPERETFhwXExQaFRERGCEYGh0dHx8fExciJCIeJBweHx7/2wBDAQUFBQcGBw4ICA4eFBEUHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh7/wAARCAAUABwDASEAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAABAMF/8QAGRAAAwEBAQAAAAAAAAAAAAAAAAEDAiER/8QAGAEBAQADAAAAAAAAAAAAAAAABwYCAwX/xAAeEQACAQQDAQAAAAAAAAAAAAAABAUBAgMhESIxEv/aAAwDAQACEQMRAD8AZRh6M5qihNwWPwPRkNPpSLKaGKHx9DTow9GZKKBRBY/A9GQ1rpSLKaGOHs6GpRh6M1qY7QngqU0How+m/SkXx28DFD0p8H//2Q==';
const restarting =
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAUDBAQEAwUEBAQFBQUGBwwIBwcHBw8LCwkMEQ8SEhEPERETFhwXExQaFRERGCEYGh0dHx8fExciJCIeJBweHx7/2wBDAQUFBQcGBw4ICA4eFBEUHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh7/wAARCAAUABwDASIAAhEBAxEB/8QAFwABAQEBAAAAAAAAAAAAAAAABAMAAv/EABkQAAMBAQEAAAAAAAAAAAAAAAABAwIhEf/EABgBAAIDAAAAAAAAAAAAAAAAAAYHAQQF/8QAHxEAAQMEAwEAAAAAAAAAAAAAAAEEBQIDIjERIVFh/90ABAAB/9oADAMBAAIRAxEAPwBlGHoylGHoyWkT8MGCsaP/0J0ZDT6d0ZDWuhK2ietDEh7GB//RrRh6Mxg0aUp4UYJNH//SJRh9N+mMNhvSnA1IdMD/2Q==';

describe('agrees with libjpeg-turbo, within the rounding of its arithmetic', () => {
  test.each<[width: number, height: number, toWidth: number, toHeight: number, options: JpegOptions]>([
    [64, 48, 64, 48, { chromaSubsampling: '4:4:4', quality: 90 }],
    [64, 48, 64, 48, { chromaSubsampling: '4:2:0', quality: 90 }],
    [101, 75, 32, 32, { chromaSubsampling: '4:2:0', quality: 75 }],
    [75, 101, 50, 70, { chromaSubsampling: '4:4:4', quality: 60 }],
    [33, 17, 100, 90, { chromaSubsampling: '4:2:0', quality: 95 }],
    [250, 190, 224, 224, { chromaSubsampling: '4:2:0', quality: 100, optimiseCoding: false }],
    [160, 120, 20, 15, { chromaSubsampling: '4:2:0' }],
    [1, 1, 3, 5, { chromaSubsampling: '4:2:0' }],
    [9, 1, 4, 4, { chromaSubsampling: '4:4:4' }],
  ])('%i x %i to %i x %i, %o', async (width, height, toWidth, toHeight, options) => {
    const bytes = await smooth(width, height).jpeg(options).toBuffer();
    const found = difference(
      decodePlainJpeg(bytes, toHeight, toWidth),
      await bySharp(bytes, toHeight, toWidth),
    );
    expect(found.mean).toBeLessThan(0.5);
    expect(found.most).toBeLessThanOrEqual(4);
  });

  test.each([
    ['only half the chroma width', halvedAcross],
    ['restart markers', restarting],
  ])('%s', async (_, base64) => {
    const bytes = Buffer.from(base64, 'base64');
    const { most } = difference(decodePlainJpeg(bytes, 30, 20), await bySharp(bytes, 30, 20));
    expect(most).toBeLessThanOrEqual(3);
  });

  test('grey', async () => {
    const bytes = await smooth(64, 48).toColourspace('b-w').jpeg().toBuffer();
    const expected = await bySharp(bytes, 30, 40);
    expect(expected.shape).toEqual([30, 40, 1]);
    expect(difference(decodePlainJpeg(bytes, 30, 40), expected).most).toBeLessThanOrEqual(1);
    const grey = await readPicture(bytes, { size: 16, channels: 1 });
    const rgb = await readPicture(bytes, { size: 16 });
    expect(rgb.shape).toEqual([16, 16, 3]);
    expect([...rgb.data]).toEqual([...grey.data].flatMap((value) => [value, value, value]));
  });

  test('noise: long codes, large coefficients', async () => {
    for (const options of [{ quality: 100, chromaSubsampling: '4:4:4' }, { quality: 5 }]) {
      const bytes = await noise(64, 64).jpeg(options).toBuffer();
      const { mean } = difference(decodePlainJpeg(bytes, 40, 40), await bySharp(bytes, 40, 40));
      expect(mean).toBeLessThan(1);
    }
  });

  const photos = join(import.meta.dirname, '../../../../shared/photo15/test');
  test.skipIf(!existsSync(photos))('photographs (skipped without ../shared/photo15)', async () => {
    const files = readdirSync(photos).map((name) => join(photos, name, readdirSync(join(photos, name))[0]));
    expect(files).toHaveLength(15);
    for (const file of files) {
      const bytes = readFileSync(file);
      const { mean, bias } = difference(decodePlainJpeg(bytes, 128, 128), await bySharp(bytes, 128, 128));
      expect(mean, file).toBeLessThan(0.5);
      expect(Math.abs(bias), file).toBeLessThan(0.25);
    }
  });
});

/** A file of 32 x 32 pixels with a segment put in front of the others. */
async function withSegment(marker: number, ...data: number[]): Promise<Uint8Array> {
  const plain = await smooth(32, 32).jpeg().toBuffer();
  const segment = Uint8Array.of(0xff, marker, 0, data.length + 2, ...data);
  return Buffer.concat([plain.subarray(0, 2), segment, plain.subarray(2)]);
}

const codes = (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0));
const exif = codes('Exif\0\0');
// Byte order, 42, where the directory is; one entry: tag 0x112, a short, one of them.
const little = (orientation: number): number[] => [
  ...[...exif, 0x49, 0x49, 42, 0, 8, 0, 0, 0],
  ...[1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0],
];
const big = (orientation: number): number[] => [
  ...[...exif, 0x4d, 0x4d, 0, 42, 0, 0, 0, 8],
  ...[0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0],
];
const adobe = (transform: number): number[] => [...codes('Adobe'), 0, 100, 0, 0, 0, 0, transform];

describe('leaves other files to sharp', () => {
  test.each<[what: string, make: () => Promise<Uint8Array>]>([
    ['progressive', () => smooth(32, 32).jpeg({ progressive: true }).toBuffer()],
    ['CMYK', () => smooth(32, 32).toColourspace('cmyk').jpeg().toBuffer()],
    ['with a colour profile', () => smooth(32, 32).withIccProfile('p3').jpeg().toBuffer()],
    ['RGB by Adobe', () => withSegment(0xee, ...adobe(0))],
    ['turned', () => withSegment(0xe1, ...little(6))],
    ['turned, with the other byte order', () => withSegment(0xe1, ...big(6))],
    ['Exif data that ends early', () => withSegment(0xe1, ...exif, 0x49, 0x49)],
    ['more than 2^20 pixels', () => smooth(1025, 1024).jpeg().toBuffer()],
    ['shrunk more than twelve times', () => smooth(200, 32).jpeg().toBuffer()],
    ['bytes after the end', async () => Buffer.concat([await withSegment(0xfe), Uint8Array.of(0)])],
    ['another format', () => smooth(32, 32).png().toBuffer()],
  ])('%s', async (_, make) => {
    const bytes = await make();
    expect(decodePlainJpeg(bytes, 16, 16)).toBeUndefined();
    expect((await readPicture(bytes, { size: 16 })).shape).toEqual([16, 16, 3]);
  });

  test('does not leave upright files, other application data or comments to sharp', async () => {
    const picture = decodePlainJpeg(await withSegment(0xfe), 16, 16);
    expect(picture?.shape).toEqual([16, 16, 3]);
    for (const data of [little, big]) {
      expect((await sharp(await withSegment(0xe1, ...data(6))).metadata()).orientation).toBe(6);
      expect(decodePlainJpeg(await withSegment(0xe1, ...data(1)), 16, 16)).toEqual(picture);
    }
    expect(decodePlainJpeg(await withSegment(0xee, ...adobe(1)), 16, 16)).toEqual(picture);
    expect(decodePlainJpeg(await withSegment(0xfe, 65, 66), 16, 16)).toEqual(picture);
    expect(decodePlainJpeg(await withSegment(0xed, 67), 16, 16)).toEqual(picture);
  });
});

describe('damage', () => {
  test('leaves files that are cut short anywhere to sharp, which rejects them', async () => {
    const bytes = await noise(24, 24).jpeg().toBuffer();
    expect(decodePlainJpeg(bytes, 16, 16)?.shape).toEqual([16, 16, 3]);
    for (let end = 0; end < bytes.length; end++) {
      const cut = bytes.subarray(0, end);
      expect(decodePlainJpeg(cut, 16, 16), `${end} bytes`).toBeUndefined();
      if (end % 50 === 0) await expect(readPicture(cut, { size: 16 }), `${end} bytes`).rejects.toThrow();
    }
  });

  // Neither library finds all of it: bits turned over mostly make other codes that can be read too.
  test('rejects what sharp rejects, and decodes a sound file as before', async () => {
    const bytes = await noise(40, 40).jpeg({ quality: 90 }).toBuffer();
    const scan = bytes.lastIndexOf(Uint8Array.of(0xff, 0xda));
    const sound = decodePlainJpeg(bytes, 32, 32);
    const draw = random(2);
    let refused = 0;
    for (let i = 0; i < 600; i++) {
      const damaged = Uint8Array.from(bytes);
      // Anywhere, in the header, in the scan.
      const [from, to] = [
        [2, bytes.length],
        [2, scan + 12],
        [scan + 12, bytes.length],
      ][i % 3];
      for (let j = 0; j <= i % 4; j++) damaged[from + draw.integer(to - from)] ^= 1 << draw.integer(8);
      const known = await sharp(damaged, { failOn: 'error' })
        .raw()
        .toBuffer()
        .catch(() => undefined);
      const picture = decodePlainJpeg(damaged, 32, 32);
      if (known === undefined) {
        refused++;
        expect(picture, `case ${i}`).toBeUndefined();
      } else if (picture !== undefined) {
        expect(picture.shape.slice(0, 2)).toEqual([32, 32]);
      }
    }
    expect(refused).toBeGreaterThan(100);
    expect(decodePlainJpeg(bytes, 32, 32)).toEqual(sound);
  });
});
