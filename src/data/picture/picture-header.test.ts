import sharp from 'sharp';
import { expect, test } from 'vitest';
import { readPicture } from './decode.ts';
import { readPictureSize } from './picture-header.ts';

const blank = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: 'red' } });

test.each(['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const)(
  '%s: reads width and height',
  async (format) => {
    const bytes = await blank(37, 21).toFormat(format).toBuffer();
    expect(await readPictureSize(bytes)).toEqual({ width: 37, height: 21 });
  },
);

test.each([1, 3, 6, 8])('gives the upright size: orientation %i', async (orientation) => {
  const bytes = await blank(37, 21).jpeg().withMetadata({ orientation }).toBuffer();
  const { width, height } = await readPictureSize(bytes);
  expect((await readPicture(bytes)).shape).toEqual([height, width, 3]);
});

test('reads a bitmap stored from the top or from the bottom', async () => {
  const header = (height: number): Uint8Array => {
    const view = new DataView(new ArrayBuffer(54));
    view.setUint16(0, 0x424d);
    view.setUint32(14, 40, true);
    view.setInt32(18, 60_000, true);
    view.setInt32(22, height, true);
    return new Uint8Array(view.buffer);
  };
  for (const height of [50_000, -50_000])
    expect(await readPictureSize(header(height))).toEqual({ width: 60_000, height: 50_000 });
  await expect(readPictureSize(header(0))).rejects.toThrow('BMP: the size is 60000 x 0');
  await expect(readPictureSize(header(1).subarray(0, 20))).rejects.toThrow('the header is cut short');
});

test('rejects a file that is not a picture', async () => {
  await expect(readPictureSize(new Uint8Array(0))).rejects.toThrow('not a JPEG, PNG');
  await expect(readPictureSize(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 1, 2))).rejects.toThrow();
});
