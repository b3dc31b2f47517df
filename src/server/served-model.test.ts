import { expect, test } from 'vitest';
import type { CamMethod } from '../explain/cam-method.ts';
import { FullModel } from '../explain/full-model.ts';
import type { Look } from '../explain/look.ts';
import { initializeWeights } from '../models/model.ts';
import { createSession } from '../runtime/node.ts';
import { random } from '../tensor/random.ts';
import { type Picture, tensor } from '../tensor/tensor.ts';
import { ServedModel } from './served-model.ts';

const config = {
  type: 'full',
  expansion: 'tied-image',
  classes: ['cat', 'dog', 'fox'],
  imSize: 32,
  channels: 3,
} as const;
const model = await FullModel.load(
  { ...config, weights: initializeWeights(config, random(1)) },
  createSession,
);

/** A method whose map has the class's index everywhere. */
const numbers: CamMethod = {
  name: 'numbers',
  about: { name: 'numbers', title: 'Numbers', layers: [], smooth: false },
  async maps({ shape: [n] }, classes) {
    const values = classes.flatMap((one) => [one, one, one, one]);
    return tensor('float32', [n, 2, 2], Float32Array.from(values));
  },
};

const batches: number[] = [];
const served = new ServedModel({
  name: 'm',
  model,
  file: new Uint8Array(3),
  device: 'cpu',
  methods: [numbers],
  maxBatch: 8,
  batchWait: 1,
  onBatch: (size) => batches.push(size),
});

const picture = (seed: number, size = 32): Picture => {
  const draw = random(seed);
  return tensor(
    'uint8',
    [size, size, 3],
    Uint8Array.from({ length: size * size * 3 }, () => draw.integer(256)),
  );
};

test('computes images of one size together, with the same maps as alone', async () => {
  const looks = [1, 2, 3].map((seed) => ({ seen: picture(seed), class: seed - 1, method: 'cam' }));
  const large = { seen: picture(4, 64), method: 'cam' };
  batches.length = 0;
  const found = await Promise.all([...looks, large].map(({ seen, ...asked }) => served.look(seen, asked)));
  expect(batches).toEqual([3, 1]);
  for (const [i, { seen, class: choice }] of [...looks, { ...large, class: undefined }].entries()) {
    const alone = await model.look(seen, { class: choice });
    expect(found[i].explained.index).toBe(alone.explained.index);
    expect(found[i].low.shape).toEqual(alone.low.shape);
    const byIndex = ({ predictions }: Look) =>
      predictions.toSorted((a, b) => a.index - b.index).map(({ probability }) => probability);
    const pairs = [
      [found[i].low.data, alone.low.data],
      [found[i].high?.data, alone.high?.data],
      [byIndex(found[i]), byIndex(alone)],
    ] as [ArrayLike<number>, ArrayLike<number>][];
    for (const [ours, own] of pairs) {
      const differences = Array.from(own, (value, at) => Math.abs(value - ours[at]));
      // A batch may be summed in another order.
      expect(Math.max(...differences)).toBeLessThan(1e-4);
    }
    // A copy, not a view of the batch's memory.
    expect(found[i].high?.data.buffer.byteLength).toBe(found[i].high?.data.byteLength);
  }
});

test("another method's map replaces both maps, for the explained class", async () => {
  expect(served.methods).toEqual(['cam', 'numbers']);
  batches.length = 0;
  const [own, other] = await Promise.all([
    served.look(picture(1), { class: 2, method: 'cam' }),
    served.look(picture(1), { class: 2, method: 'numbers' }),
  ]);
  expect(batches).toEqual([1, 1]);
  expect(other.low).toEqual(tensor('float32', [2, 2], [2, 2, 2, 2]));
  expect(other.predictions).toEqual(own.predictions);
  expect([own.high?.shape, other.high]).toEqual([[32, 32], undefined]);
  expect([own.method, other.method?.title]).toEqual([undefined, 'Numbers']);
  const { low, predictions } = await served.look(picture(1), { method: 'numbers' });
  expect(low.data[0]).toBe(predictions[0].index);
});

test('maps of another method use the refiner for such maps', () => {
  expect([served.refinerOf('cam'), served.refinerOf('numbers')]).toEqual(['crf', 'regions']);
});

test('identifies the file by its hash', () => {
  expect(served.sha256).toBe('709e80c88487a2411e1ee4dfb9f22a861492d20c4765150c0c794abd70f8147c');
});
