import { expect, test } from 'vitest';
import { pictureInMemory } from '../data/picture/picture-source.ts';
import { refine } from '../refine/pipeline.ts';
import { random } from '../tensor/random.ts';
import { type Picture, tensor } from '../tensor/tensor.ts';
import { fullSize, shownSize } from './full-size.ts';

/** A disc on a background of another colour, noisy. */
function disc(height: number, width: number): Picture {
  const picture = tensor('uint8', [height, width, 3]);
  const rng = random(1);
  for (let i = 0; i < height * width; i++) {
    const [y, x] = [Math.floor(i / width) / height, (i % width) / width];
    const colour = Math.hypot(x - 0.6, y - 0.4) < 0.2 ? [200, 110, 40] : [60, 120, 150];
    for (let c = 0; c < 3; c++) picture.data[3 * i + c] = colour[c] + rng.uniform(-15, 15);
  }
  return picture;
}

const seen = disc(64, 64);
/** A blob near the disc, and wider. */
const map = tensor('float32', [64, 64]).data.map((_, i) =>
  Math.exp(-(((i % 64) - 36) ** 2 + (Math.floor(i / 64) - 27) ** 2) / 300),
);
const low = tensor('float32', [64, 64], map);
const refinement = refine(seen, low, low, { refiner: 'crf' });
const whole = disc(300, 450);
const source = pictureInMemory(whole);

test("at the picture's own size, the mask follows the edge of the object", async () => {
  const { picture, pictureSize, mask, box, kept } = await fullSize(source, { picture: whole, refinement });
  expect(picture).toBe(whole);
  expect(pictureSize).toEqual({ height: 300, width: 450 });
  const truth = disc(300, 450)
    .data.filter((_, i) => i % 3 === 0)
    .map((red) => Number(red > 128));
  let [both, either] = [0, 0];
  truth.forEach((inside, i) => {
    both += inside & mask.data[i];
    either += inside | mask.data[i];
  });
  // Cells of the CRF are 5 x 7 pixels here.
  expect(both / either).toBeGreaterThan(0.95);
  expect(kept).toBe(mask.data.reduce((sum, mark) => sum + mark, 0));
  for (const [i, edge] of [180, 60, 360, 180].entries())
    expect(Math.abs((box?.[i] ?? 0) - edge)).toBeLessThan(12);
});

test("limits the size of the result; the box stays in the picture's pixels", async () => {
  const { picture, pictureSize, mask, box } = await fullSize(source, { picture: whole, refinement }, 15_000);
  expect(picture.shape).toEqual([100, 150, 3]);
  expect(mask.shape).toEqual([100, 150]);
  expect(pictureSize).toEqual({ height: 300, width: 450 });
  for (const [i, edge] of [180, 60, 360, 180].entries())
    expect(Math.abs((box?.[i] ?? 0) - edge)).toBeLessThan(16);
});

test('if only a part was seen, nothing is kept outside it', async () => {
  const picture = disc(200, 200);
  const covers = [100, 50, 300, 250] as const;
  const { mask, levels, box } = await fullSize(source, { picture, covers, refinement });
  expect(mask.shape).toEqual([300, 450]);
  for (let i = 0; i < mask.data.length; i++) {
    const [y, x] = [Math.floor(i / 450), i % 450];
    if (x < 100 || x >= 300 || y < 50 || y >= 250) expect(mask.data[i] + levels.data[i]).toBe(0);
  }
  expect(box?.[0]).toBeGreaterThanOrEqual(100);
});

test('gives the same on the picture as it is shown', () => {
  const { mask, levels } = shownSize({ picture: disc(60, 90), refinement });
  expect([mask.shape, levels.shape]).toEqual([
    [60, 90],
    [60, 90],
  ]);
});
