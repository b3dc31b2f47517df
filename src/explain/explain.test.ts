import { afterAll, beforeAll, expect, test } from 'vitest';
import { cropMiddle } from '../data/picture/crop.ts';
import { type PictureSource, pictureInMemory } from '../data/picture/picture-source.ts';
import { resize } from '../data/picture/resize.ts';
import { initializeWeights, type Model, transferWeights } from '../models/model.ts';
import { refine } from '../refine/pipeline.ts';
import { createSession } from '../runtime/node.ts';
import { random } from '../tensor/random.ts';
import { sampleBilinear } from '../tensor/sample-bilinear.ts';
import { type FloatMap, type Picture, tensor } from '../tensor/tensor.ts';
import type { CamMethod } from './cam-method.ts';
import { explain, explainWith, type Looker } from './explain.ts';
import { FullModel } from './full-model.ts';
import { HalfModel } from './half-model.ts';
import { openMethod } from './methods/index.ts';

const config = { classes: ['cat', 'dog', 'fox'], imSize: 32, channels: 3 };
const rng = random(3);
const halfWeights = initializeWeights({ ...config, type: 'half' }, rng);
const kind = { ...config, type: 'full', expansion: 'tied-image' } as const;
const fullModel: Model = { ...kind, weights: transferWeights(halfWeights, initializeWeights(kind, rng)) };

let half: HalfModel;
let full: FullModel;
beforeAll(async () => {
  half = await HalfModel.load({ ...config, type: 'half', weights: halfWeights }, createSession);
  full = await FullModel.load(fullModel, createSession);
});
afterAll(async () => {
  await half.release();
  await full.release();
});

/** Another size than the model's, and not square. */
const photo: Picture = tensor(
  'uint8',
  [50, 70, 3],
  Uint8Array.from({ length: 3 * 50 * 70 }, () => rng.integer(256)),
);

test('explains a picture of any size: predictions, maps of the predicted class, refinement', async () => {
  const result = await explain(full, photo);
  expect(result.seen).toEqual(resize(photo, 32, 32));
  expect(result.picture.shape).toEqual([50, 70, 3]);
  expect(result.predictions.map(({ name }) => name).sort()).toEqual(['cat', 'dog', 'fox']);
  expect(result.explained).toEqual(result.predictions[0]);
  expect(result.method).toBeUndefined();
  expect(result.low.shape).toEqual([2, 2]);
  expect(result.high.shape).toEqual([32, 32]);
  // A tied high-res map is refined by the CRF.
  expect(result.refiner).toBe('crf');
  expect(result.refinement).toEqual(refine(result.seen, result.low, result.high, { refiner: 'crf' }));
});

test('explains a class by name or index, and several classes with a result each', async () => {
  const [fox, cat] = await explain(full, photo, { class: ['fox', 0] });
  expect([fox.explained.name, cat.explained.name]).toEqual(['fox', 'cat']);
  expect(fox).toEqual(await explain(full, photo, { class: 2 }));
  expect(fox.low).not.toEqual(cat.low);
  expect(fox.predictions).toEqual(cat.predictions);
  await expect(explain(full, photo, { class: 'cow' })).rejects.toThrow(
    "class: there is no 'cow'; did you mean 'cat', 'dog', 'fox'? The classes are cat, dog, fox",
  );
});

test('accepts another size and options of the refinement', async () => {
  const result = await explain(full, photo, {
    size: 64,
    refine: { refiner: 'regions', filterPercentage: 30 },
  });
  expect(result.seen.shape).toEqual([64, 64, 3]);
  expect(result.low.shape).toEqual([4, 4]);
  expect(result.refinement.refiner).toBe('regions');
  expect(result.refinement.options.filterPercentage).toBe(30);
  const misspelt = { classes: ['dog'] } as object;
  await expect(explain(full, photo, misspelt)).rejects.toThrow(
    'explain: options are class, top, method, layers, size, refine, got classes',
  );
  await expect(explain(full, photo, { size: 33 })).rejects.toThrow('a multiple of 32 is needed, got 33');
});

test('a half model: shows the enlarged low-res map as high-res map', async () => {
  const result = await explain(half, photo, { class: 'dog' });
  expect(result.high).toEqual(sampleBilinear(result.low, 32, 32));
  expect([result.enlarged, (await explain(full, photo)).enlarged]).toEqual([true, false]);
  expect([result.refiner, result.refinement.refiner]).toEqual(['regions', 'regions']);
});

test('a method given by name or opened replaces both maps, refined by regions', async () => {
  const byName = await explain(full, photo, { class: 'dog', method: 'layer-cam' });
  const opened = await openMethod('layer-cam', full.network, createSession);
  expect(byName).toEqual(await explain(full, photo, { class: 'dog', method: opened }));
  await opened.release?.();
  expect(byName.method).toEqual({
    name: 'layer-cam',
    title: 'LayerCAM',
    layers: ['dense_5', 'dense_3', 'dense_2', 'dense_1'],
    smooth: false,
  });
  expect(byName.low.shape).toEqual([8, 8]);
  expect(byName.high).toEqual(sampleBilinear(byName.low, 32, 32));
  expect(byName.refinement.refiner).toBe('regions');
});

test('rejects a method whose map is 0 everywhere, naming picture, method and class', async () => {
  const nothing: CamMethod = {
    name: 'nothing',
    about: { name: 'nothing', title: 'Nothing-CAM', layers: [], smooth: false },
    maps: async ({ shape }) => tensor('float32', [shape[0], 2, 2]),
  };
  const asked = { class: 'dog', method: nothing };
  const message = 'Nothing-CAM finds nothing for dog: its map is 0 everywhere';
  await expect(explain(full, photo, asked)).rejects.toThrow(new RegExp(`^${message}$`));
  await expect(explain(full, pictureInMemory(photo, 'my.jpg'), asked)).rejects.toThrow(`my.jpg: ${message}`);
});

test('rejects a picture that cannot be shown, after the model has seen it', async () => {
  const source: PictureSource = {
    seen: () => resize(photo, 32, 32),
    shown: () => Promise.reject(new Error('broken')),
  };
  await expect(explain(full, source)).rejects.toThrow('broken');
});

/** A classifier that shares no layer with this project's networks. */
const foreign: Looker<never> = {
  imSize: 10,
  channels: 1,
  look: async ({ shape: [height, width] }) => {
    const low: FloatMap = tensor('float32', [2, 2], [0, 1, 2, 3]);
    const only = { index: 0, name: `${width} x ${height}`, probability: 1 };
    return { predictions: [only], explained: only, low, refiner: 'regions' };
  },
};

test('explains with any Looker; the refinement may run elsewhere', async () => {
  const found = await explainWith(foreign, pictureInMemory(photo), {}, async ({ seen, high }) => [
    seen.shape,
    high.shape,
  ]);
  expect(found.explained.name).toBe('10 x 10');
  expect(found.refinement).toEqual([
    [10, 10, 1],
    [10, 10],
  ]);
});

test('a model that sees only the middle: maps and shown picture are of the middle', async () => {
  const looker: Looker = {
    imSize: 32,
    channels: 3,
    crop: 0.8,
    look: (seen, asked) => half.look(seen, asked),
  };
  const { seen, picture, covers, high } = await explain(looker, photo);
  expect(covers).toEqual([15, 5, 55, 45]);
  expect(picture).toEqual(cropMiddle(photo, 0.8));
  expect(seen).toEqual(resize(picture, 32, 32));
  expect(high.shape).toEqual([32, 32]);
  expect((await explain(half, photo)).covers).toBeUndefined();
});
