import { expect, test } from 'vitest';
import { toImage } from '../data/batches/read-image.ts';
import type { CamMethod } from '../explain/cam-method.ts';
import { FullModel } from '../explain/full-model.ts';
import { initializeWeights } from '../models/model.ts';
import { createSession } from '../runtime/node.ts';
import { random } from '../tensor/random.ts';
import { type Picture, tensor } from '../tensor/tensor.ts';
import { ServedModel } from './served-model.ts';

const config = { type: 'full', classes: ['cat', 'dog', 'fox'], imSize: 32, channels: 3 } as const;
const model = await FullModel.load(
  { ...config, weights: initializeWeights(config, random(1)) },
  createSession,
);

/** A method whose map is the class's number everywhere. */
const numbers: CamMethod = {
  name: 'numbers',
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

test('images of one size are computed together, and each has the maps it has alone', async () => {
  const looks = [1, 2, 3].map((seed) => ({ seen: picture(seed), choice: seed - 1, method: 'cam' }));
  const large = { seen: picture(4, 64), method: 'cam' };
  batches.length = 0;
  const found = await Promise.all([...looks, large].map((look) => served.explain(look)));
  expect(batches).toEqual([3, 1]);
  for (const [i, { seen, choice }] of [...looks, { ...large, choice: undefined }].entries()) {
    const alone = await model.explain(toImage(seen), choice);
    expect(found[i].explainedClass).toEqual(alone.explainedClass);
    expect(found[i].lowResCam.shape).toEqual(alone.lowResCam.shape);
    for (const name of ['probabilities', 'lowResCam', 'highResCam'] as const) {
      const ours = found[i][name]?.data as Float32Array;
      const differences = Array.from(alone[name]?.data ?? [], (value, at) => Math.abs(value - ours[at]));
      // A batch may be summed in another order.
      expect(Math.max(...differences)).toBeLessThan(1e-4);
    }
    // In memory of its own: not a window on the batch's.
    expect(found[i].highResCam?.data.buffer.byteLength).toBe(found[i].highResCam?.data.byteLength);
  }
});

test("another method's map stands in the place of both, of the class explained", async () => {
  expect(served.methods).toEqual(['cam', 'numbers']);
  batches.length = 0;
  const [own, other] = await Promise.all([
    served.explain({ seen: picture(1), choice: 2, method: 'cam' }),
    served.explain({ seen: picture(1), choice: 2, method: 'numbers' }),
  ]);
  expect(batches).toEqual([1, 1]);
  expect(other.lowResCam).toEqual(tensor('float32', [1, 2, 2], [2, 2, 2, 2]));
  expect(other.probabilities).toEqual(own.probabilities);
  expect([own.highResCam?.shape, other.highResCam]).toEqual([[1, 32, 32], undefined]);
  const [predicted] = (await served.explain({ seen: picture(1), method: 'numbers' })).lowResCam.data;
  expect(predicted).toBe(own.probabilities.data.indexOf(Math.max(...own.probabilities.data)));
});

test('the file is known by its hash', () => {
  expect(served.sha256).toBe('709e80c88487a2411e1ee4dfb9f22a861492d20c4765150c0c794abd70f8147c');
});
