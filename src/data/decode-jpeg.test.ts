import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp, { type JpegOptions, type Sharp } from 'sharp';
import { describe, expect, test } from 'vitest';
import { random } from '../tensor/random.ts';
import { decodeJpeg } from './decode-jpeg.ts';
import { readJpegHeader } from './jpeg-header.ts';

/** Colours that change smoothly and stay off the ends of their range, where rounding takes effect at another stage. */
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

/** Places and weights of the triangle filter, for each of `to` pixels. */
function triangle(from: number, to: number): [place: number, weight: number][][] {
  const reach = Math.max(1, from / to);
  return Array.from({ length: to }, (_, i) => {
    const centre = ((i + 0.5) * from) / to - 0.5;
    const weights = Array.from({ length: from }, (_, j) => reach - Math.abs(j - centre));
    const taps = [...weights.entries()].filter(([, weight]) => weight > 0);
    const sum = taps.reduce((total, [, weight]) => total + weight, 0);
    return taps.map(([j, weight]) => [j, weight / sum]);
  });
}

/** What it should be: decoded by sharp, then filtered as written down; `[height * width * 3]`. */
async function expected(bytes: Uint8Array, height: number, width: number): Promise<Float64Array> {
  const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
  const [across, down] = [triangle(info.width, width), triangle(info.height, height)];
  const narrow = new Float64Array(info.height * width * 3);
  const out = new Float64Array(height * width * 3);
  for (let i = 0; i < narrow.length; i++) {
    const [y, x, k] = [Math.floor(i / (3 * width)), Math.floor(i / 3) % width, i % 3];
    for (const [j, weight] of across[x]) narrow[i] += weight * data[(y * info.width + j) * 3 + k];
  }
  for (let i = 0; i < out.length; i++) {
    const [y, rest] = [Math.floor(i / (3 * width)), i % (3 * width)];
    for (const [j, weight] of down[y]) out[i] += weight * narrow[j * 3 * width + rest];
  }
  return out;
}

function difference(a: Uint8Array | undefined, b: Float64Array): { mean: number; most: number } {
  expect(a).toHaveLength(b.length);
  let sum = 0;
  let most = 0;
  for (const [i, value] of b.entries()) {
    const off = Math.abs(value - (a as Uint8Array)[i]);
    sum += off;
    most = Math.max(most, off);
  }
  return { mean: sum / b.length, most };
}

/** 28 x 20 pixels each, by Pillow 13: `subsampling=1`, and `restart_marker_blocks=1`. */
const halvedAcross =
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAUDBAQEAwUEBAQFBQUGBwwIBwcHBw8LCwkMEQ8SEhEPERETFhwXExQaFRERGCEYGh0dHx8fExciJCIeJBweHx7/2wBDAQUFBQcGBw4ICA4eFBEUHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh7/wAARCAAUABwDASEAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAABAMF/8QAGRAAAwEBAQAAAAAAAAAAAAAAAAEDAiER/8QAGAEBAQADAAAAAAAAAAAAAAAABwYCAwX/xAAeEQACAQQDAQAAAAAAAAAAAAAABAUBAgMhESIxEv/aAAwDAQACEQMRAD8AZRh6M5qihNwWPwPRkNPpSLKaGKHx9DTow9GZKKBRBY/A9GQ1rpSLKaGOHs6GpRh6M1qY7QngqU0How+m/SkXx28DFD0p8H//2Q==';
const restarting =
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAUDBAQEAwUEBAQFBQUGBwwIBwcHBw8LCwkMEQ8SEhEPERETFhwXExQaFRERGCEYGh0dHx8fExciJCIeJBweHx7/2wBDAQUFBQcGBw4ICA4eFBEUHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh7/wAARCAAUABwDASIAAhEBAxEB/8QAFwABAQEBAAAAAAAAAAAAAAAABAMAAv/EABkQAAMBAQEAAAAAAAAAAAAAAAABAwIhEf/EABgBAAIDAAAAAAAAAAAAAAAAAAYHAQQF/8QAHxEAAQMEAwEAAAAAAAAAAAAAAAEEBQIDIjERIVFh/90ABAAB/9oADAMBAAIRAxEAPwBlGHoylGHoyWkT8MGCsaP/0J0ZDT6d0ZDWuhK2ietDEh7GB//RrRh6Mxg0aUp4UYJNH//SJRh9N+mMNhvSnA1IdMD/2Q==';

describe('agrees with sharp and the filter as it is defined', () => {
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
    const { mean, most } = difference(
      decodeJpeg(bytes, toHeight, toWidth),
      await expected(bytes, toHeight, toWidth),
    );
    expect(mean).toBeLessThan(0.4);
    expect(most).toBeLessThanOrEqual(2);
  });

  test('chroma of half the width alone', async () => {
    const bytes = Buffer.from(halvedAcross, 'base64');
    expect(readJpegHeader(bytes)?.components.map(({ across, down }) => [across, down])).toEqual([
      [2, 1],
      [1, 1],
      [1, 1],
    ]);
    const { most } = difference(decodeJpeg(bytes, 30, 20), await expected(bytes, 30, 20));
    expect(most).toBeLessThanOrEqual(2);
  });

  test('noise: long codes, large coefficients', async () => {
    const bytes = await noise(64, 64).jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer();
    const { mean } = difference(decodeJpeg(bytes, 64, 64), await expected(bytes, 64, 64));
    expect(mean).toBeLessThan(0.5);
    const coarse = await noise(64, 64).jpeg({ quality: 5 }).toBuffer();
    expect(difference(decodeJpeg(coarse, 40, 40), await expected(coarse, 40, 40)).mean).toBeLessThan(1);
  });

  const photos = join(import.meta.dirname, '../../../shared/photo15/test');
  test.skipIf(!existsSync(photos))('photographs (skipped without ../shared/photo15)', async () => {
    const files = readdirSync(photos).map((name) => join(photos, name, readdirSync(join(photos, name))[0]));
    expect(files).toHaveLength(15);
    for (const file of files) {
      const bytes = readFileSync(file);
      // Colours at the ends of their range are cut off after the filter instead of before it.
      expect(
        difference(decodeJpeg(bytes, 128, 128), await expected(bytes, 128, 128)).mean,
        file,
      ).toBeLessThan(1);
    }
  });
});

describe('leaves to sharp', () => {
  test.each<[what: string, make: () => Sharp]>([
    ['progressive', () => smooth(32, 32).jpeg({ progressive: true })],
    ['grey', () => smooth(32, 32).toColourspace('b-w').jpeg()],
    ['CMYK', () => smooth(32, 32).toColourspace('cmyk').jpeg()],
    ['with a colour profile', () => smooth(32, 32).withIccProfile('p3').jpeg()],
    ['of more than 2^20 pixels', () => smooth(1025, 1024).jpeg()],
    ['to shrink more than eight times', () => smooth(130, 32).jpeg()],
    ['another format', () => smooth(32, 32).png()],
  ])('%s', async (_, make) => {
    expect(decodeJpeg(await make().toBuffer(), 16, 16)).toBeUndefined();
  });

  test('restart markers', () => {
    expect(decodeJpeg(Buffer.from(restarting, 'base64'), 16, 16)).toBeUndefined();
  });

  test('what Exif data turns; not other application data and comments', async () => {
    const plain = await smooth(32, 32).jpeg().toBuffer();
    const withSegment = (marker: number, ...data: number[]): Uint8Array =>
      Buffer.concat([
        plain.subarray(0, 2),
        Uint8Array.of(0xff, marker, 0, data.length + 2, ...data),
        plain.subarray(2),
      ]);
    const exif = Array.from('Exif\0\0', (letter) => letter.charCodeAt(0));
    // Byte order, 42, where the directory is; one entry: tag 0x112, a short, one of them.
    const little = (orientation: number): number[] => [
      ...exif,
      ...[0x49, 0x49, 42, 0, 8, 0, 0, 0],
      ...[1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0],
    ];
    const big = (orientation: number): number[] => [
      ...exif,
      ...[0x4d, 0x4d, 0, 42, 0, 0, 0, 8],
      ...[0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0],
    ];
    const picture = decodeJpeg(plain, 16, 16);
    expect(picture).toHaveLength(768);
    for (const data of [little, big]) {
      expect((await sharp(withSegment(0xe1, ...data(6))).metadata()).orientation).toBe(6);
      expect(decodeJpeg(withSegment(0xe1, ...data(6)), 16, 16)).toBeUndefined();
      expect(decodeJpeg(withSegment(0xe1, ...data(1)), 16, 16)).toEqual(picture);
    }
    expect(decodeJpeg(withSegment(0xe1, ...exif, 0x49, 0x49), 16, 16)).toBeUndefined();
    expect(decodeJpeg(withSegment(0xfe, 65, 66), 16, 16)).toEqual(picture);
    expect(decodeJpeg(withSegment(0xed, 67), 16, 16)).toEqual(picture);
  });

  test('files cut short anywhere', async () => {
    const bytes = await noise(24, 24).jpeg().toBuffer();
    expect(decodeJpeg(bytes, 16, 16)).toHaveLength(768);
    for (let end = 0; end < bytes.length; end++) {
      expect(decodeJpeg(bytes.subarray(0, end), 16, 16), `${end} bytes`).toBeUndefined();
    }
  });

  test('damaged files: never an error, and a sound one comes out as before', async () => {
    const bytes = await noise(40, 40).jpeg({ quality: 90 }).toBuffer();
    const sound = decodeJpeg(bytes, 32, 32);
    const draw = random(2);
    let refused = 0;
    for (let i = 0; i < 2000; i++) {
      const damaged = Uint8Array.from(bytes);
      for (let j = 0; j <= i % 8; j++) damaged[draw.integer(bytes.length)] = draw.integer(256);
      const picture = decodeJpeg(damaged, 32, 32);
      if (picture === undefined) refused++;
      else expect(picture).toHaveLength(3072);
    }
    expect(refused).toBeGreaterThan(100);
    expect(decodeJpeg(bytes, 32, 32)).toEqual(sound);
  });
});
