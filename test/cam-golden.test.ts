/** The CAM methods against pytorch-grad-cam. */
import { readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { gradCamPlusPlusMap } from '../src/explain/methods/grad-cam-plus-plus.ts';
import { methodNamed, openMethod } from '../src/explain/methods/index.ts';
import { LayerReader, type LayerReading } from '../src/explain/methods/layer-reader.ts';
import { parseLayers } from '../src/explain/methods/layers.ts';
import { networkOf } from '../src/models/densenet-network.ts';
import { createSession } from '../src/runtime/node.ts';
import { type Tensor, tensor } from '../src/tensor/tensor.ts';
import { camCase, camClasses } from '../tools/reference/cam-case.ts';
import { changeByRounding, epsilon, lessItsShareOf, peakOf } from '../tools/reference/grad-cam-rounding.ts';

interface Golden {
  readonly logits: number[][];
  readonly maps: { method: string; layers: string; shape: number[]; values: number[] }[];
}

const golden = JSON.parse(
  readFileSync(new URL('golden/cam-methods.json', import.meta.url), 'utf8'),
) as Golden;

/**
 * Relative to the largest magnitude of the library's map. float32 here, through 30 layers and back, against float64 there: the
 * largest difference found is 3e-6, but for what `changeByRounding` explains.
 */
const tolerance = 1e-4;
const { model, images } = camCase();
const imageAt = (i: number) =>
  tensor('float32', [1, 64, 64, 3], images.data.slice(i * 12288, (i + 1) * 12288));
let worst = { name: '', error: 0 };
afterAll(() => console.log(`worst error of a map: ${worst.error.toExponential(1)} (${worst.name})`));

/** The library clips all maps at 0 after it made them; here the methods whose paper has a ReLU do. */
const signed = ['hirescam', 'eigen-cam'];

test('the network is the same', async () => {
  const reader = new LayerReader(networkOf(model), ['low'], createSession);
  const { data } = await reader.logits(images);
  for (const [i, logit] of golden.logits.flat().entries()) expect(data[i]).toBeCloseTo(logit, 4);
  await reader.release();
});

test.each(golden.maps)('$method at $layers', async ({ method, layers, shape, values }) => {
  const { maps, readings } = await mapsOf(method, parseLayers(layers));
  expect(maps.shape).toEqual(shape);
  const size = values.length / 2;
  for (const i of [0, 1]) {
    const theirs = values.slice(i * size, (i + 1) * size);
    const ours = maps.data.slice(i * size, (i + 1) * size);
    const peak = peakOf(theirs);
    // The library leaves the sign of a singular vector as it comes.
    const turned =
      method === 'eigen-cam' && -Math.min(...theirs) > Math.max(...theirs) ? theirs.map((v) => -v) : theirs;
    const expected = signed.includes(method) ? turned : turned.map((v) => Math.max(0, v));
    const name = `${method} at ${layers}`;
    const errors = expected.map((v, k) => (v - ours[k]) / peak);
    const change = readings ? changeByRounding(readings[i]).map((v) => v / peak) : [];
    const unexplained = peakOf(change) > tolerance ? lessItsShareOf(change, errors) : errors;
    const error = peakOf(unexplained);
    if (unexplained !== errors) {
      const figures = [peakOf(errors), peakOf(change), error].map((v) => v.toExponential(1));
      console.log(
        `${name}, image ${i}: error ${figures[0]}, rounding makes ${figures[1]}, rest ${figures[2]}`,
      );
    }
    if (error > worst.error) worst = { name, error };
    expect(error).toBeLessThan(tolerance);
  }
});

async function mapsOf(
  name: string,
  layers: string[],
): Promise<{ maps: Tensor<'float32'>; readings?: LayerReading[] }> {
  if (name !== 'grad-cam++') {
    const method = await openMethod(name, networkOf(model), createSession, { layers });
    const maps = await method.maps(images, camClasses);
    await method.release?.();
    return { maps };
  }
  expect(methodNamed(name).layerChoice).toBe('one');
  const reader = new LayerReader(networkOf(model), layers, createSession);
  const readings: LayerReading[] = [];
  for (const i of [0, 1]) readings.push((await reader.gradients(imageAt(i), camClasses[i]))[0]);
  await reader.release();
  const maps = readings.map((reading) => gradCamPlusPlusMap(reading, epsilon));
  const joined = maps.flatMap(({ data }) => [...data]);
  return { maps: tensor('float32', [2, ...maps[0].shape], joined), readings };
}
