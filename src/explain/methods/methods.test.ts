import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { camCase, camClasses } from '../../../tools/reference/cam-case.ts';
import { networkOf } from '../../models/densenet-network.ts';
import { initializeWeights, type Model, transferWeights } from '../../models/model.ts';
import { createSession } from '../../runtime/node.ts';
import { random } from '../../tensor/random.ts';
import { type Tensor, tensor } from '../../tensor/tensor.ts';
import type { CamMethod } from '../cam-method.ts';
import { HalfModel } from '../half-model.ts';
import { eigenCamMap } from './eigen-cam.ts';
import { gradCamMap } from './grad-cam.ts';
import { gradCamPlusPlusMap } from './grad-cam-plus-plus.ts';
import { hiResCamMap } from './hires-cam.ts';
import { camMethods, type OpenMethodOptions, openMethod } from './index.ts';
import { fuseLayers, layerCamMap } from './layer-cam.ts';
import { LayerReader } from './layer-reader.ts';
import { parseLayers } from './layers.ts';

const { model, images } = camCase();
let half: HalfModel;
beforeAll(async () => {
  half = await HalfModel.load(model, createSession);
});
afterAll(() => half.release());

async function mapsOf(
  name: string,
  options: OpenMethodOptions = {},
  from: Model = model,
  classes = camClasses,
): Promise<Tensor<'float32'>> {
  const method = await openMethod(name, networkOf(from), createSession, options);
  const maps = await method.maps(images, classes);
  await method.release?.();
  return maps;
}

/** The largest difference, relative to the largest magnitude of the second argument. */
function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const values = Array.from(b);
  const peak = Math.max(...values.map(Math.abs));
  return Math.max(...values.map((v, i) => Math.abs(v - a[i]))) / peak;
}

describe('computed by hand, at two places of two channels', () => {
  // A = [1 -2], [3 4]; g = [0.5 -1], [2 0.25]
  const reading = {
    activations: tensor('float32', [2, 1, 2], [1, -2, 3, 4]),
    gradients: tensor('float32', [2, 1, 2], [0.5, -1, 2, 0.25]),
  };

  test('Grad-CAM', () => {
    // alpha = -0.25, 1.125
    expect([...gradCamMap(reading).data]).toEqual([3.125, 5]);
  });

  test('Grad-CAM++', () => {
    // Sums of A: -1 and 7. w_0 = 0.5 / (2 - 0.5), w_1 = 2 / (2 + 14) + 0.25 / (2 + 1.75)
    const [a, b] = [0.5 / 1.5, 2 / 16 + 0.25 / 3.75];
    const [first, second] = gradCamPlusPlusMap(reading).data;
    expect(first).toBeCloseTo(a + 3 * b, 6);
    expect(second).toBeCloseTo(Math.max(0, -2 * a + 4 * b), 6);
    expect([...gradCamPlusPlusMap({ ...reading, gradients: tensor('float32', [2, 1, 2]) }).data]).toEqual([
      0, 0,
    ]);
  });

  test('HiResCAM and LayerCAM', () => {
    expect([...hiResCamMap(reading).data]).toEqual([6.5, 3]);
    expect([...layerCamMap(reading).data]).toEqual([6.5, 1]);
  });

  test('layers are fused by the largest value after tanh (2 L / max L); zeros stay zeros', () => {
    const coarse = tensor('float32', [1, 1], [5]);
    const fine = tensor('float32', [1, 2], [0, 100]);
    expect([...fuseLayers([coarse, fine]).data]).toEqual([
      Math.fround(Math.tanh(2)),
      Math.fround(Math.tanh(2)),
    ]);
    const blank = tensor('float32', [1, 1]);
    const [left, right] = fuseLayers([blank, tensor('float32', [1, 2], [50, 100])]).data;
    expect(left).toBeCloseTo(Math.tanh(1), 6);
    expect(right).toBeCloseTo(Math.tanh(2), 6);
    expect([...fuseLayers([blank, blank]).data]).toEqual([0]);
    expect(fuseLayers([fine])).toBe(fine);
  });

  test('Eigen-CAM: the first principal component, its largest magnitude positive, from either product', () => {
    // One channel, and another with twice its values and the opposite sign: rank 1, so the first component is
    // sqrt(5) x.
    const rows = [0, 0, 3, 0, 0, 0].map((v) => v - 0.5);
    const channels = [...rows, ...rows.map((v) => -2 * v)];
    const expected = rows.map((v) => v * Math.sqrt(5));
    const wide = eigenCamMap(tensor('float32', [2, 2, 3], channels));
    expect(difference(wide.data, expected)).toBeLessThan(1e-6);
    // More channels than positions.
    const tall = eigenCamMap(tensor('float32', [7, 1, 2], [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3]));
    expect(Math.abs(tall.data[0])).toBeCloseTo(Math.sqrt(7), 5);
    expect(tall.data[1]).toBeCloseTo(-tall.data[0], 5);
    expect([...eigenCamMap(tensor('float32', [2, 1, 2], [4, 4, 1, 1])).data].map(Math.abs)).toEqual([0, 0]);
  });
});

test('cam is the low-res CAM of the model', async () => {
  const { cam } = await half.generateCams(images, camClasses);
  expect(difference((await mapsOf('cam')).data, cam.data)).toBeLessThan(1e-5);
});

// Evidence for class 0 with both signs: some positions support it less than class 2.
const kernelOf = ({ weights }: Model) => weights.get('aux_output/kernel') as Tensor<'float32'>;
const opposed: Model = {
  ...model,
  weights: new Map([
    ...model.weights,
    [
      'aux_output/kernel',
      {
        ...kernelOf(model),
        data: kernelOf(model).data.map((w, i, all) => (i % 3 === 0 ? w - 0.75 * all[i + 2] : w)),
      },
    ],
  ]),
};

test.each(['low', 'dense_5'] as const)(
  'at %s, Grad-CAM is ReLU of the CAM over the number of positions, and HiResCAM the CAM over it',
  async (layer) => {
    const of = (name: string, layers?: string[]) => mapsOf(name, { layers }, opposed, [0, 0]);
    const cam = (await of('cam')).data;
    const grad = await of('grad-cam', [layer]);
    const hiRes = await of('hirescam', [layer]);
    expect(
      difference(
        hiRes.data,
        cam.map((v) => v / 16),
      ),
    ).toBeLessThan(1e-5);
    expect(
      difference(
        grad.data,
        cam.map((v) => Math.max(0, v) / 16),
      ),
    ).toBeLessThan(1e-5);
    expect(cam.some((v) => v < 0) && cam.some((v) => v > 0)).toBe(true);
  },
);

test('at dense_3 Grad-CAM and HiResCAM differ', async () => {
  const grad = await mapsOf('grad-cam', { layers: ['dense_3'] });
  const hiRes = await mapsOf('hirescam', { layers: ['dense_3'] });
  expect(difference(grad.data, hiRes.data)).toBeGreaterThan(0.1);
});

test('centred weights: maps of all classes sum to 0, differences between classes stay', async () => {
  const every = async (name: string, from: Model): Promise<Float32Array[]> => {
    const method = await openMethod(name, networkOf(from), createSession);
    const maps = [];
    for (const c of [0, 1, 2]) maps.push((await method.maps(images, [c, c])).data);
    await method.release?.();
    return maps;
  };
  const plain = await every('cam', model);
  const centred = await every('centered-cam', model);
  const scale = Math.max(...centred[0].map(Math.abs));
  for (let i = 0; i < centred[0].length; i++) {
    expect(Math.abs(centred[0][i] + centred[1][i] + centred[2][i])).toBeLessThan(1e-4 * scale);
  }
  expect(
    difference(
      centred[0].map((v, i) => v - centred[1][i]),
      plain[0].map((v, i) => v - plain[1][i]),
    ),
  ).toBeLessThan(1e-5);
  // The same vector added to the weights of every class changes no probability, and no centred map.
  const kernel = kernelOf(model);
  const moved = { ...kernel, data: kernel.data.map((w, i) => w + Math.floor(i / 3) / 8) };
  const shifted = { ...model, weights: new Map([...model.weights, ['aux_output/kernel', moved]]) };
  expect(difference((await every('cam', shifted))[0], plain[0])).toBeGreaterThan(0.1);
  expect(difference((await every('centered-cam', shifted))[0], centred[0])).toBeLessThan(1e-4);
});

test("at low, the gradient of the logit is the class's weight over the number of positions", async () => {
  const reader = new LayerReader(networkOf(model), ['low'], createSession);
  const [{ gradients }] = await reader.gradients(tensor('float32', [1, 64, 64, 3]), 1);
  const expected = Array.from(
    gradients.data,
    (_, i) => kernelOf(model).data[Math.floor(i / 16) * 3 + 1] / 16,
  );
  expect(difference(gradients.data, expected)).toBeLessThan(1e-6);
  await reader.release();
});

test('a full model has the same maps as its half model', async () => {
  const config = { ...model, type: 'full' as const };
  const full = {
    ...config,
    weights: transferWeights(model.weights, initializeWeights(config, random(1))),
  };
  for (const name of ['centered-cam', 'layer-cam']) {
    expect(await mapsOf(name, {}, full)).toEqual(await mapsOf(name));
  }
});

test.each(camMethods)(
  '$name: gives the same for a batch of any size and shape as one by one',
  async ({ name, looksAt }) => {
    const method = await openMethod(name, networkOf(model), createSession);
    const blank = tensor('float32', [3, 32, 64, 3]);
    const batch = { ...blank, data: blank.data.map((_, i) => images.data[i % images.data.length]) };
    const maps = await method.maps(batch, [0, 1, 2]);
    expect(maps.shape).toEqual(looksAt === 'pyramid' ? [3, 8, 16] : [3, 2, 4]);
    expect(maps.data.every(Number.isFinite)).toBe(true);
    const one = tensor('float32', [1, 32, 64, 3], batch.data.slice(32 * 64 * 3, 2 * 32 * 64 * 3));
    const size = maps.data.length / 3;
    expect((await method.maps(one, [1])).data).toEqual(maps.data.slice(size, 2 * size));
    await method.release?.();
  },
);

test('names are unique, and each method names its paper', () => {
  expect(new Set(camMethods.map(({ name }) => name)).size).toBe(camMethods.length);
  for (const { title, paper } of camMethods) expect(`${title}: ${paper}`).toMatch(/\w.*: \w.*20\d\d/);
});

test('rejects invalid methods, layers and classes with the rule and the value', async () => {
  const open = (name: string, options?: OpenMethodOptions): Promise<CamMethod> =>
    openMethod(name, networkOf(model), createSession, options);
  await expect(open('gradcam')).rejects.toThrow(
    `CAM methods are ${camMethods.map(({ name }) => name).join(', ')}, got 'gradcam'`,
  );
  await expect(open('cam', { layers: ['dense_5'] })).rejects.toThrow('cam: its layer is low, got dense_5');
  await expect(open('grad-cam', { layers: ['low', 'dense_5'] })).rejects.toThrow(
    'grad-cam: one layer is needed, got low, dense_5',
  );
  await expect(open('layer-cam', { layers: [] })).rejects.toThrow(
    'layer-cam: at least one layer is needed, got none',
  );
  await expect(open('grad-cam', { layers: ['dense_9'] })).rejects.toThrow(
    "layers are low, dense_5, dense_3, dense_2, dense_1, dense_0, got 'dense_9'",
  );
  expect(() => parseLayers('low,low')).toThrow("each layer may occur once, got 'low' twice");
  const method = await open('grad-cam');
  await expect(method.maps(images, [0])).rejects.toThrow('one class for each of 2 images is needed, got 1');
  await expect(method.maps(images, [0, 3])).rejects.toThrow('an index from 0 to 2 is needed, got 3');
  await expect(method.maps(tensor('float32', [1, 33, 32, 3]), [0])).rejects.toThrow(
    'a multiple of 32 is needed, got 33',
  );
  await method.release?.();
});
