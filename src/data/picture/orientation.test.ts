import sharp from 'sharp';
import { expect, test } from 'vitest';
import { type Orientation, orientationOf, turnBox, turnedSize, turnValues } from './orientation.ts';

const all: readonly Orientation[] = [1, 2, 3, 4, 5, 6, 7, 8];
const values = Uint8Array.of(1, 2, 3, 4, 5, 6);

test.each(all)(
  'orientation %i turns values as sharp does, and boxes in the same way',
  async (orientation) => {
    const raw = { width: 3, height: 2, channels: 1 } as const;
    const file = await sharp(values, { raw }).withMetadata({ orientation }).png().toBuffer();
    const found = await sharp(file)
      .autoOrient()
      .toColourspace('b-w')
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(turnedSize([3, 2], orientation)).toEqual([found.info.width, found.info.height]);
    const turned = turnValues(values, [3, 2], orientation);
    expect([...turned]).toEqual([...found.data]);

    // The pixel at 2, 1 has the value 6.
    const [x0, y0, x1, y1] = turnBox([2, 1, 3, 2], [3, 2], orientation);
    expect([x1 - x0, y1 - y0]).toEqual([1, 1]);
    expect(turned[y0 * found.info.width + x0]).toBe(6);
  },
);

test('treats an invalid orientation tag as upright', () => {
  for (const none of [undefined, 0, 9]) expect(orientationOf(none)).toBe(1);
  expect(orientationOf(6)).toBe(6);
});
