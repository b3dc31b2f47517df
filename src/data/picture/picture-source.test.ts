import { expect, test } from 'vitest';
import { random } from '../../tensor/random.ts';
import { type Picture, tensor } from '../../tensor/tensor.ts';
import { middleOf, pictureInMemory } from './picture-source.ts';
import { resize } from './resize.ts';

function noise(height: number, width: number): Picture {
  const draw = random(1);
  return tensor(
    'uint8',
    [height, width, 3],
    Uint8Array.from({ length: 3 * height * width }, () => draw.integer(256)),
  );
}

function seenBy(pixels: Picture, size: number, channels: 1 | 3): Picture {
  return pictureInMemory(pixels).seen(size, channels) as Picture;
}

function forDisplay(pixels: Picture): Picture {
  return pictureInMemory(pixels).shown() as Picture;
}

test('resizes for the model as everywhere, in steps for large factors', () => {
  const small = noise(50, 70);
  expect(seenBy(small, 32, 3)).toEqual(resize(small, 32, 32));
  expect(seenBy(noise(32, 32), 32, 3)).toEqual(noise(32, 32));
  const large = seenBy(tensor('uint8', [1500, 33, 3], new Uint8Array(3 * 1500 * 33).fill(77)), 32, 3);
  expect(large.shape).toEqual([32, 32, 3]);
  expect(large.data.every((value) => value === 77)).toBe(true);
});

test('gives grey models the luma', () => {
  const red = tensor('uint8', [32, 32, 3]);
  for (let i = 0; i < 32 * 32; i++) red.data[3 * i] = 200;
  const grey = seenBy(red, 32, 1);
  expect(grey.shape).toEqual([32, 32, 1]);
  expect(grey.data.every((value) => value === 60)).toBe(true);
});

test('shows pictures at most 960 pixels long, with their own proportions', () => {
  expect(forDisplay(noise(10, 20)).shape).toEqual([10, 20, 3]);
  expect(forDisplay(noise(100, 1920)).shape).toEqual([50, 960, 3]);
});

test('rejects other arrays', () => {
  expect(() => pictureInMemory(tensor('uint8', [4, 4, 1]))).toThrow(
    'picture: uint8 [H, W, 3] is needed, got uint8 [4,4,1]',
  );
});

test('square crop: gives what is seen and shown, and its position in the whole picture', async () => {
  const whole = noise(40, 60);
  const middle = middleOf(pictureInMemory(whole, 'a.png'), 0.75);
  const [x0, y0, x1, y1] = await middle.covers();
  expect([x0, y0, x1, y1]).toEqual([15, 5, 45, 35]);
  const shown = await middle.shown();
  expect(shown.shape).toEqual([30, 30, 3]);
  for (const [y, x] of [
    [0, 0],
    [29, 7],
  ]) {
    for (let c = 0; c < 3; c++) {
      expect(shown.data[3 * (30 * y + x) + c]).toBe(whole.data[3 * (60 * (y0 + y) + x0 + x) + c]);
    }
  }
  expect(await middle.seen(16, 3)).toEqual(resize(shown, 16, 16));
  expect((await middle.seen(16, 1)).shape).toEqual([16, 16, 1]);
  expect(middle.name).toBe('a.png');
});

test('square crop of a large picture: cuts the shown picture, gives the position in the large one', async () => {
  const middle = middleOf(pictureInMemory(noise(100, 1920)), 0.5);
  expect((await middle.shown()).shape).toEqual([25, 25, 3]);
  expect(await middle.covers()).toEqual([935, 25, 985, 75]);
  // A source that does not tell its size is as large as it is shown.
  const source = { seen: () => noise(4, 4), shown: () => noise(20, 30) };
  expect(await middleOf(source, 1).covers()).toEqual([5, 0, 25, 20]);
});
