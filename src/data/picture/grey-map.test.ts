import { decode, encode } from 'fast-png';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { readGreyMap } from './grey-map.ts';

test.each([
  [8, Uint8Array],
  [16, Uint16Array],
] as const)('reads levels of %i bits unchanged', async (depth, Levels) => {
  const white = 2 ** depth - 1;
  const data = Levels.from([0, 1, 2, white / 3, white - 1, white]);
  for (const channels of [1, 3] as const) {
    const all = channels === 1 ? data : Levels.from([...data].flatMap((value) => [value, value, value]));
    const { map, bits } = await readGreyMap(encode({ width: 3, height: 2, channels, depth, data: all }));
    expect(bits).toBe(depth);
    expect(map.shape).toEqual([2, 3]);
    expect([...map.data]).toEqual([...data].map((value) => Math.fround(value / white)));
  }
});

test('ignores a colour profile', async () => {
  const raw = { width: 4, height: 1, channels: 3 } as const;
  const pixels = Uint8Array.from([0, 60, 120, 255].flatMap((value) => [value, value, value]));
  const png = await sharp(pixels, { raw }).withIccProfile('p3').png().toBuffer();
  expect((await sharp(png).metadata()).hasProfile).toBe(true);
  const stored = decode(png);
  const { map } = await readGreyMap(png);
  expect([...map.data].map((value) => Math.round(value * 255))).toEqual(
    [0, 1, 2, 3].map((i) => stored.data[i * stored.channels]),
  );
});

test('rejects colours, transparency, other formats and damage', async () => {
  const png = (channels: 3 | 4, pixel: number[]): Uint8Array =>
    encode({ width: 1, height: 1, channels, data: Uint8Array.from(pixel) });
  await expect(readGreyMap(png(3, [9, 9, 8]))).rejects.toThrow('a colour picture');
  await expect(readGreyMap(png(4, [9, 9, 9, 254]))).rejects.toThrow('a picture with transparency');
  await expect(readGreyMap(png(4, [9, 9, 9, 255]))).resolves.toMatchObject({ bits: 8 });
  const jpeg = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
    .jpeg()
    .toBuffer();
  await expect(readGreyMap(jpeg)).rejects.toThrow('JPEG is not a format for maps; a grey PNG is needed');
  const noise = Uint8Array.from({ length: 4096 }, (_, i) => (i * i * 31) >> 3);
  const large = encode({ width: 64, height: 64, channels: 1, data: noise });
  await expect(readGreyMap(large.subarray(0, large.length / 2))).rejects.toThrow();
});
