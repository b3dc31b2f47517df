import { expect, test } from 'vitest';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import type { CamMethod } from './cam-method.ts';
import { smoothed } from './smoothing.ts';

/**
 * The map is the red channel at 1/32 of the size, sampled at the cells' centres, times `unit(height)`; it
 * records the images it got.
 */
function method(unit: (height: number) => number = () => 1): CamMethod & { readonly seen: string[] } {
  const seen: string[] = [];
  return {
    name: 'red',
    about: { name: 'red', title: 'Red', layers: [], smooth: false },
    seen,
    async maps({ shape, data }, classes) {
      const [n, height, width] = shape;
      seen.push(`${n}x${height}x${width} of ${classes}`);
      const out = tensor('float32', [n, height / 32, width / 32]);
      for (let i = 0; i < out.data.length; i++) {
        const x = i % (width / 32);
        const row = Math.floor(i / (width / 32));
        out.data[i] = data[(row * 32 * width + x * 32 + 16) * 3] * unit(height);
      }
      return out;
    },
  };
}

/** Brighter to the right. */
function ramp(n: number, height: number, width: number): Tensor<'float32'> {
  const images = tensor('float32', [n, height, width, 3]);
  for (let i = 0; i < images.data.length; i++) images.data[i] = (Math.floor(i / 3) % width) / width;
  return images;
}

test('views have every size once, in multiples of 32, each also mirrored and turned back', async () => {
  const red = method();
  const images = ramp(2, 64, 128);
  const maps = await smoothed(red).maps(images, [4, 5]);
  expect(red.seen).toEqual(
    ['2x64x96', '2x64x96', '2x64x128', '2x64x128', '2x96x160', '2x96x160', '2x128x224', '2x128x224'].map(
      (view) => `${view} of 4,5`,
    ),
  );
  expect(maps.shape).toEqual([2, 4, 7]);
  // Brighter to the right: mirrored maps were mirrored back. They are shifted by a pixel, since pixel 16 of
  // 32 is not its own mirror image.
  for (let x = 0; x < 7; x++) expect(maps.data[x]).toBeCloseTo((x + 0.5) / 7, 1);
  expect(smoothed(red).name).toBe('red+smooth');
});

test('one scale without mirror is the method itself; images stay at least 32 pixels', async () => {
  const red = method();
  const images = ramp(1, 32, 64);
  expect(await smoothed(red, { flip: false, scales: [1] }).maps(images, [0])).toEqual(
    await red.maps(images, [0]),
  );
  red.seen.length = 0;
  await smoothed(red, { flip: false, scales: [0.25, 0.5, 1] }).maps(images, [0]);
  expect(red.seen).toEqual(['1x32x32 of 0', '1x32x64 of 0']);
});

test("'raw' averages in the method's unit; 'peak' weights views equally and keeps signs and zeros", async () => {
  const images = tensor('float32', [1, 64, 64, 3]);
  images.data.fill(0.5);
  const options = { flip: false, scales: [1, 2] };
  const grows = method((height) => (height === 64 ? 1 : 3));
  expect([...(await smoothed(grows, options).maps(images, [0])).data]).toEqual(Array(16).fill(1));
  const peak = { ...options, scaling: 'peak' as const };
  expect([...(await smoothed(grows, peak).maps(images, [0])).data]).toEqual(Array(16).fill(1));
  const negative = method((height) => (height === 64 ? -1 : 3));
  expect([...(await smoothed(negative, peak).maps(images, [0])).data]).toEqual(Array(16).fill(0));
  const blank = method(() => 0);
  expect([...(await smoothed(blank, peak).maps(images, [0])).data].map(Math.abs)).toEqual(Array(16).fill(0));
});

test('releases its memory with that of the method', async () => {
  let released = 0;
  const release = async (): Promise<void> => {
    released++;
  };
  await smoothed({ ...method(), release }).release?.();
  await smoothed(method()).release?.();
  expect(released).toBe(1);
});

test('rejects wrong scales', () => {
  expect(() => smoothed(method(), { scales: [1, 0] })).toThrow(
    'smoothing: scales must be numbers > 0, got 0',
  );
  expect(() => smoothed(method(), { scales: [] })).toThrow(
    'smoothing: at least one scale is needed, got none',
  );
});
