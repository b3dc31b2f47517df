import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { crc32, deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tiff } from '../../../test/helpers/tiff.ts';
import { hugeJpeg, hugePng } from '../../../tools/fuzz/huge-pictures.ts';
import { readPicture } from './decode.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'decode-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

/** 8 x 4 pixels: red on the left half, blue on the right. */
function redBlue(): Sharp {
  const data = new Uint8Array(8 * 4 * 3);
  for (let i = 0; i < 32; i++) data[3 * i + (i % 8 < 4 ? 0 : 2)] = 255;
  return sharp(data, { raw: { width: 8, height: 4, channels: 3 } });
}

const corners = ({ shape, data }: { shape: readonly number[]; data: ArrayLike<number> }): number[][] => {
  const [h, w, c] = shape;
  return [0, w - 1, (h - 1) * w, h * w - 1].map((i) => Array.from({ length: c }, (_, k) => data[c * i + k]));
};
const red = [255, 0, 0];
const blue = [0, 0, 255];

describe('formats', () => {
  test.each([
    ['a.png', () => redBlue().png().toBuffer(), 0],
    ['a.PNG', () => redBlue().png({ palette: true }).toBuffer(), 8],
    ['a.jpeg', () => redBlue().jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer(), 4],
    ['a.WebP', () => redBlue().webp({ lossless: true }).toBuffer(), 0],
    ['a.tif', () => redBlue().tiff({ compression: 'lzw' }).toBuffer(), 0],
    ['a.gif', () => redBlue().gif().toBuffer(), 8],
    ['a.avif', () => redBlue().avif({ lossless: true }).toBuffer(), 3],
    ['avif-inside.jpg', () => redBlue().avif({ lossless: true, bitdepth: 10 }).toBuffer(), 3],
    ['png-inside.jpg', () => redBlue().png().toBuffer(), 0],
    ['jpeg-inside.png', () => redBlue().jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer(), 4],
    ['progressive.jpg', () => redBlue().jpeg({ quality: 100, progressive: true }).toBuffer(), 60],
    ['interlaced.png', () => redBlue().png({ progressive: true }).toBuffer(), 0],
  ])('%s', async (name, make, tolerance) => {
    const path = join(dir, name);
    writeFileSync(path, await make());
    const picture = await readPicture(path);
    expect(picture.shape).toEqual([4, 8, 3]);
    const expected = [...red, ...blue, ...red, ...blue];
    corners(picture)
      .flat()
      .forEach((value, i) => {
        expect(Math.abs(value - expected[i])).toBeLessThanOrEqual(tolerance);
      });
  });

  test('CMYK JPEG', async () => {
    const bytes = await redBlue().toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer();
    expect((await sharp(bytes).metadata()).channels).toBe(4);
    const [left, right] = corners(await readPicture(bytes));
    expect(left[0]).toBeGreaterThan(180);
    expect(left[2]).toBeLessThan(90);
    expect(right[2]).toBeGreaterThan(right[0] + 50);
  });

  test('16-bit RGB and grey', async () => {
    const rgb = new Uint16Array([65535, 0, 32896, 0, 65535, 0]);
    const bytes = await sharp(rgb, { raw: { width: 2, height: 1, channels: 3 } })
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    expect((await sharp(bytes).metadata()).depth).toBe('ushort');
    expect([...(await readPicture(bytes)).data]).toEqual([255, 0, 128, 0, 255, 0]);
    const grey = await sharp(new Uint16Array([0, 65535, 32896]), {
      raw: { width: 3, height: 1, channels: 1 },
    })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    expect([...(await readPicture(grey, { channels: 1 })).data]).toEqual([0, 255, 128]);
    expect([...(await readPicture(grey)).data]).toEqual([0, 0, 0, 255, 255, 255, 128, 128, 128]);
  });

  test('converts grey to RGB and back, with the luma of BT.601', async () => {
    const grey = await sharp(new Uint8Array([0, 77, 255]), { raw: { width: 3, height: 1, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toBuffer();
    expect([...(await readPicture(grey)).data]).toEqual([0, 0, 0, 77, 77, 77, 255, 255, 255]);
    const picture = await readPicture(await redBlue().png().toBuffer(), { channels: 1 });
    expect(picture.shape).toEqual([4, 8, 1]);
    expect(corners(picture)).toEqual([[76], [29], [76], [29]]);
  });

  test('puts transparent pixels on white', async () => {
    const rgba = new Uint8Array([255, 0, 0, 255, 255, 0, 0, 0, 0, 0, 0, 51]);
    const bytes = await sharp(rgba, { raw: { width: 3, height: 1, channels: 4 } })
      .png()
      .toBuffer();
    expect([...(await readPicture(bytes)).data]).toEqual([255, 0, 0, 255, 255, 255, 204, 204, 204]);
  });

  // Colours at the corners [top left, top right, bottom left, bottom right] of the upright picture. As
  // stored, red is left and blue is right.
  test.each([
    [1, [4, 8], [red, blue, red, blue]],
    [2, [4, 8], [blue, red, blue, red]],
    [3, [4, 8], [blue, red, blue, red]],
    [4, [4, 8], [red, blue, red, blue]],
    [5, [8, 4], [red, red, blue, blue]],
    [6, [8, 4], [red, red, blue, blue]],
    [7, [8, 4], [blue, blue, red, red]],
    [8, [8, 4], [blue, blue, red, red]],
  ])(
    'turns a picture upright by EXIF orientation %i before resizing',
    async (orientation, shape, expected) => {
      const jpeg = redBlue().withMetadata({ orientation }).jpeg({ quality: 100, chromaSubsampling: '4:4:4' });
      const bytes = await jpeg.toBuffer();
      const picture = await readPicture(bytes);
      expect(picture.shape).toEqual([...shape, 3]);
      expect(corners(picture).map(([r, , b]) => (r > b ? red : blue))).toEqual(expected);
      expect((await readPicture(bytes, { height: 16, width: 6 })).shape).toEqual([16, 6, 3]);
    },
  );

  test('mirrors by EXIF and keeps top and bottom', async () => {
    // White above, black below.
    const data = Uint8Array.from({ length: 8 * 4 * 3 }, (_, i) => (i < 48 ? 255 : 0));
    const image = sharp(data, { raw: { width: 8, height: 4, channels: 3 } });
    for (const [orientation, top] of [
      [2, 255],
      [3, 0],
      [4, 0],
    ]) {
      const bytes = await image.clone().withMetadata({ orientation }).png().toBuffer();
      expect(corners(await readPicture(bytes))[0][0]).toBe(top);
    }
  });

  test.each(['gif', 'webp'] as const)('reads the first frame of an animated %s', async (format) => {
    const frames = new Uint8Array(4 * 8 * 3).fill(255, 0, 4 * 4 * 3);
    const image = sharp(frames, { raw: { width: 4, height: 8, channels: 3, pageHeight: 4 } });
    const bytes = await image.toFormat(format).toBuffer();
    expect((await sharp(bytes).metadata()).pages).toBe(2);
    const picture = await readPicture(bytes);
    expect(picture.shape).toEqual([4, 4, 3]);
    expect(picture.data.every((value) => value === 255)).toBe(true);
  });
});

describe('size', () => {
  test('fills the requested size, antialiased', async () => {
    const stripes = new Uint8Array(64 * 64).map((_, i) => (i % 2) * 255);
    const bytes = await sharp(stripes, { raw: { width: 64, height: 64, channels: 1 } })
      .png()
      .toBuffer();
    const small = await readPicture(bytes, { size: 16, channels: 1 });
    expect(small.shape).toEqual([16, 16, 1]);
    expect(Math.max(...small.data.map((value) => Math.abs(value - 128)))).toBeLessThan(20);
    expect((await readPicture(bytes, { height: 5, width: 100 })).shape).toEqual([5, 100, 3]);
    expect((await readPicture(bytes, { height: 5 })).shape).toEqual([5, 64, 3]);
  });

  test('rejects a size that is not a whole number >= 1', async () => {
    await expect(readPicture(new Uint8Array(9), { size: 0 })).rejects.toThrow(
      'the height is a whole number >= 1, got 0',
    );
    await expect(readPicture(new Uint8Array(9), { width: 2.5 })).rejects.toThrow('got 2.5');
    await expect(readPicture(new Uint8Array(9), { channels: 2 as 1 })).rejects.toThrow(
      'channels is 1 or 3, got 2',
    );
  });
});

describe('20,000 x 20,000 pixels', () => {
  const N = 20_000;

  test.each([
    ['JPEG', () => hugeJpeg(N, N), 128],
    ['PNG', () => hugePng(N, N), 0],
  ])('%s: resized in little memory', async (name, make, level) => {
    const path = join(dir, `huge-${name}`);
    writeFileSync(path, make());
    const picture = await readPicture(path, { size: 32 });
    expect(picture.shape).toEqual([32, 32, 3]);
    expect(new Set(picture.data)).toEqual(new Set([level]));
    // In a process of its own, which needs some 150 MiB before it begins; the pixels alone would take 400.
    const code = `
      const { readPicture } = await import('${new URL('./decode.ts', import.meta.url)}');
      await readPicture('${path}', { size: 224 });
      console.log(process.resourceUsage().maxRSS / 1024);`;
    const args = ['--import', 'tsx', '--input-type=module', '-e', code];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(Number(stdout)).toBeGreaterThan(30);
    expect(Number(stdout)).toBeLessThan(350);
  });

  test('rejects large pictures that cannot be decoded row by row', async () => {
    const most = `may have at most ${2 ** 27}`;
    await expect(readPicture(hugeJpeg(N, N, true), { size: 32 })).rejects.toThrow(
      `the picture: 20000 x 20000 pixels; a progressive or interlaced JPEG ${most}`,
    );
    await expect(readPicture(hugePng(N, N, true), { size: 32 })).rejects.toThrow(
      `20000 x 20000 pixels; a progressive or interlaced PNG ${most}`,
    );
    await expect(readPicture(hugeJpeg(N, N))).rejects.toThrow(`20000 x 20000 pixels; a JPEG ${most}`);
    await expect(readPicture(hugePng(40_000, 40_000), { size: 32 })).rejects.toThrow(
      `40000 x 40000 pixels; a PNG may have at most ${2 ** 30}`,
    );
    const bmp = Buffer.alloc(2 ** 10);
    bmp.write('BM');
    bmp.set([40], 14);
    bmp.writeInt32LE(N, 18);
    bmp.writeInt32LE(N, 22);
    bmp.writeUInt16LE(1, 28);
    await expect(readPicture(bmp, { size: 32 })).rejects.toThrow(`20000 x 20000 pixels; a BMP ${most}`);
  });
});

describe('errors name the file', () => {
  const noise = (): Sharp => {
    const data = new Uint8Array(96 * 96 * 3).map((_, i) => (i * 7919) % 251);
    return sharp(data, { raw: { width: 96, height: 96, channels: 3 } });
  };
  test.each([
    ['cut.jpg', () => noise().jpeg().toBuffer()],
    ['cut-progressive.jpg', () => noise().jpeg({ progressive: true }).toBuffer()],
    ['cut.png', () => noise().png().toBuffer()],
    ['cut.webp', () => noise().webp().toBuffer()],
    ['cut.tif', () => noise().tiff({ compression: 'none' }).toBuffer()],
    ['cut.gif', () => noise().gif().toBuffer()],
    ['cut.avif', () => noise().avif({ effort: 0 }).toBuffer()],
  ])('rejects a file that is cut short: %s', async (name, make) => {
    const bytes = await make();
    const path = join(dir, name);
    for (const share of [0.1, 0.5, 0.8]) {
      writeFileSync(path, bytes.subarray(0, Math.floor(bytes.length * share)));
      await expect(readPicture(path), `${share}`).rejects.toThrow(`${path}: `);
      await expect(readPicture(path, { size: 16 }), `${share}`).rejects.toThrow(`${path}: `);
    }
  });

  const endOfImage = Buffer.of(0xff, 0xd9);
  test.each([
    ['plain', {}],
    ['with full colour resolution', { chromaSubsampling: '4:4:4' }],
    ['progressive', { progressive: true }],
  ])('rejects a JPEG that is cut short before its end marker: %s', async (_, options) => {
    const bytes = await noise().jpeg(options).toBuffer();
    for (const share of [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99]) {
      const cut = Buffer.concat([bytes.subarray(0, Math.floor(bytes.length * share)), endOfImage]);
      for (const size of [undefined, 16, 224]) {
        await expect(readPicture(cut, { size }), `${share} ${size}`).rejects.toThrow(
          /^the picture: (cut short|damaged)[^\n]*$/,
        );
      }
    }
  });

  test('accepts harmless deviations of a JPEG', async () => {
    const bytes = await noise().jpeg().toBuffer();
    const plain = await readPicture(bytes);
    // The last byte of a scan's header, which counts in progressive files alone: libjpeg warns.
    const odd = Buffer.from(bytes);
    odd[bytes.lastIndexOf(Buffer.of(0xff, 0xda)) + 13] = 7;
    await expect(sharp(odd).raw().toBuffer()).rejects.toThrow('Invalid SOS parameters');
    expect((await readPicture(odd)).data).toEqual(plain.data);
    const extra = Buffer.concat([bytes.subarray(0, -2), Buffer.alloc(9), endOfImage]);
    expect((await readPicture(extra)).data).toEqual(plain.data);
    expect((await readPicture(Buffer.concat([bytes, Buffer.alloc(99)]))).data).toEqual(plain.data);
  });

  describe('damaged PNG', () => {
    interface Chunk {
      readonly type: string;
      readonly data: Uint8Array;
      readonly check?: number;
    }
    const chunk = ({ type, data, check }: Chunk): Buffer => {
      const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
      const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
      length.writeUInt32BE(data.length);
      sum.writeUInt32BE(check ?? crc32(body));
      return Buffer.concat([length, body, sum]);
    };
    const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
    const header = Buffer.from([0, 0, 0, 32, 0, 0, 0, 32, 8, 0, 0, 0, 0]);
    const rows = new Uint8Array(32 * 33).map((_, i) => (i % 33 === 0 ? 0 : (i * 7919) % 251));
    const png = (data: Uint8Array, check?: number, more: readonly Chunk[] = []): Buffer =>
      Buffer.concat([
        signature,
        chunk({ type: 'IHDR', data: header }),
        ...more.map(chunk),
        chunk({ type: 'IDAT', data, check }),
        chunk({ type: 'IEND', data: new Uint8Array(0) }),
      ]);
    const whole = deflateSync(rows);

    test.each([
      ['a wrong checksum', png(whole, 1)],
      ['half of its data, in a valid chunk', png(whole.subarray(0, whole.length / 2))],
      ['half of its rows', png(deflateSync(rows.subarray(0, rows.length / 2)))],
      ['no data', png(new Uint8Array(0))],
    ])('%s', async (_, bytes) => {
      for (const size of [undefined, 16])
        await expect(readPicture(bytes, { size })).rejects.toThrow(
          /^the picture: damaged or cut short[^\n]*$/,
        );
    });

    test('accepts damage outside the pixels', async () => {
      const text = { type: 'tEXt', data: Buffer.from('Comment\0hello'), check: 5 };
      const profile = { type: 'iCCP', data: Buffer.concat([Buffer.from('odd\0\0'), deflateSync(rows)]) };
      const plain = await readPicture(png(whole));
      expect((await readPicture(png(whole, undefined, [text, profile]))).data).toEqual(plain.data);
    });
  });

  test('rejects a GIF whose data is zeros from the middle on', async () => {
    const bytes = await noise().gif().toBuffer();
    bytes.fill(0, Math.floor(bytes.length / 2), bytes.length - 1);
    await expect(readPicture(bytes)).rejects.toThrow(/^the picture: damaged or cut short[^\n]*$/);
  });

  test.each([
    [1, 49_000_000],
    [70_000, 20],
  ])('rejects a side that is too long before decoding: %i x %i', async (width, height) => {
    const header = Buffer.alloc(13);
    header.writeUInt32BE(width, 0);
    header.writeUInt32BE(height, 4);
    header[8] = 8;
    const body = Buffer.concat([Buffer.from('IHDR'), header]);
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(body));
    const start = Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\x0d', 'latin1');
    // Its pixels are not there: decoding it would be another error.
    const noPixels = Buffer.from('\0\0\0\0IDAT\x35\xaf\x06\x1e\0\0\0\0IEND\xae\x42\x60\x82', 'latin1');
    await expect(readPicture(Buffer.concat([start, body, sum, noPixels]), { size: 8 })).rejects.toThrow(
      `the picture: ${width} x ${height} pixels; a side may have at most 65535`,
    );
  });

  test.each([
    [1, 65_535],
    [65_535, 1],
  ])('reads the longest permitted sides: %i x %i', async (width, height) => {
    const bytes = hugePng(width, height);
    expect((await readPicture(bytes, { size: 8 })).shape).toEqual([8, 8, 3]);
    expect((await readPicture(bytes)).shape).toEqual([height, width, 3]);
  });

  test('rejects too many pages or frames before decoding the first', async () => {
    const error = 'the picture: it has more than 10000 pages or frames, the most that a file may have';
    const head = [...Buffer.from('GIF89a'), 9, 0, 9, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255];
    const frame = [0x21, 0xf9, 4, 0, 1, 0, 0, 0, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0];
    const gif = (frames: number): Uint8Array =>
      Buffer.concat([Buffer.from(head), ...Array(frames).fill(Buffer.from(frame)), Buffer.of(0x3b)]);
    expect((await readPicture(gif(10_000), { size: 2 })).shape).toEqual([2, 2, 3]);
    await expect(readPicture(gif(10_001), { size: 2 })).rejects.toThrow(error);

    // Directories one behind the other, each with the entries of the first.
    const one = tiff({ width: 4, height: 4 }, new Uint8Array(16));
    const directory = Buffer.from(one.subarray(8, 8 + 2 + 12 * one[8] + 4));
    const pages = (count: number): Uint8Array => {
      const more = Array.from({ length: count - 1 }, (_, i) => {
        const next = i < count - 2 ? one.length + (i + 1) * directory.length : 0;
        const copy = Buffer.from(directory);
        copy.writeUInt32LE(next, copy.length - 4);
        return copy;
      });
      const all = Buffer.concat([one, ...more]);
      all.writeUInt32LE(one.length, 8 + directory.length - 4);
      return all;
    };
    expect((await readPicture(pages(3), { size: 2 })).shape).toEqual([2, 2, 3]);
    await expect(readPicture(pages(10_001), { size: 2 })).rejects.toThrow(error);
    const loop = Buffer.from(pages(3));
    loop.writeUInt32LE(8, loop.length - 4);
    await expect(readPicture(loop, { size: 2 })).rejects.toThrow(error);
  });

  test('accepts bytes in every form', async () => {
    const bytes = await redBlue().png().toBuffer();
    const { data } = await readPicture(Uint8Array.from(bytes));
    const shared = new SharedArrayBuffer(bytes.length);
    new Uint8Array(shared).set(bytes);
    for (const given of [bytes, Uint8Array.from(bytes).buffer, shared, new Blob([Uint8Array.from(bytes)])])
      expect((await readPicture(given)).data).toEqual(data);
    await expect(readPicture(new ArrayBuffer(0))).rejects.toThrow('the picture: the file is empty');
  });

  test.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [7, 'a number'],
    [[1, 2], 'an object of the class Array'],
    [new Float32Array(4), 'an object of the class Float32Array'],
    [new URL('file:///a.png'), 'an object of the class URL'],
  ])('rejects %s', async (given, words) => {
    await expect(readPicture(given as unknown as string)).rejects.toThrow(
      `readPicture: a path or a file's bytes (Uint8Array, ArrayBuffer, Blob) are needed, got ${words}`,
    );
  });

  test('names HEIC in the error', async () => {
    const bytes = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1');
    await expect(readPicture(bytes)).rejects.toThrow(
      'the picture: an HEIC file, which is not read: convert it to one of JPEG, PNG, WebP, AVIF,',
    );
  });

  test('rejects a missing file, an empty file, a folder and a file that is not a picture', async () => {
    const at = (name: string): string => join(dir, name);
    writeFileSync(at('empty.jpg'), '');
    writeFileSync(at('text.jpg'), 'hello world, this is not a picture');
    writeFileSync(at('vector.png'), '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
    await expect(readPicture(at('none.jpg'))).rejects.toThrow(`${at('none.jpg')}: no such file`);
    await expect(readPicture(at('empty.jpg'))).rejects.toThrow(`${at('empty.jpg')}: the file is empty`);
    await expect(readPicture(dir)).rejects.toThrow(`${dir}: it is a folder`);
    mkdirSync(at('folder.jpg'));
    symlinkSync('loop.jpg', at('loop.jpg'));
    symlinkSync('nowhere.jpg', at('dangling.jpg'));
    await expect(readPicture(at('folder.jpg'))).rejects.toThrow('folder.jpg: it is a folder');
    await expect(readPicture(at('loop.jpg'))).rejects.toThrow(
      'loop.jpg: its symbolic links go round in a circle',
    );
    await expect(readPicture(at('dangling.jpg'))).rejects.toThrow('dangling.jpg: a broken link');
    await expect(readPicture(at('text.jpg'))).rejects.toThrow(
      `${at('text.jpg')}: not a JPEG, PNG, WebP, AVIF, BMP, TIFF, GIF or PNM file (it begins with the bytes 68 65 6c 6c)`,
    );
    await expect(readPicture(at('vector.png'))).rejects.toThrow('vector.png: not a JPEG');
    await expect(readPicture(new Uint8Array(0))).rejects.toThrow('the picture: the file is empty');
  });
});
