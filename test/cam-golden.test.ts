/** The CAM methods against pytorch-grad-cam. */
import { readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { gradCamPlusPlusMap } from '../src/explain/methods/grad-cam-plus-plus.ts';
import { methodNamed, openMethod } from '../src/explain/methods/index.ts';
import { LayerReader } from '../src/explain/methods/layer-reader.ts';
import { type LayerName, parseLayers } from '../src/explain/methods/layers.ts';
import { createSession } from '../src/runtime/node.ts';
import { tensor } from '../src/tensor/tensor.ts';
import { camCase, camClasses } from './helpers/cam-case.ts';

interface Golden {
  readonly logits: number[][];
  readonly maps: { method: string; layers: string; shape: number[]; values: number[] }[];
}

const golden = JSON.parse(
  readFileSync(new URL('golden/cam-methods.json', import.meta.url), 'utf8'),
) as Golden;

/**
 * Relative to the largest magnitude of the library's map. float32 here, through 30 layers and back, against float64 there: the
 * largest difference found is 3e-6.
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
  const reader = new LayerReader(model, ['low'], createSession);
  const { data } = await reader.logits(images);
  for (const [i, logit] of golden.logits.flat().entries()) expect(data[i]).toBeCloseTo(logit, 4);
  await reader.release();
});

test.each(golden.maps)('$method at $layers', async ({ method, layers, shape, values }) => {
  const maps = await mapsOf(method, parseLayers(layers));
  expect(maps.shape).toEqual(shape);
  const size = values.length / 2;
  for (const i of [0, 1]) {
    const theirs = values.slice(i * size, (i + 1) * size);
    const ours = maps.data.slice(i * size, (i + 1) * size);
    const peak = Math.max(...theirs.map(Math.abs));
    // The library leaves the sign of a singular vector as it comes.
    const turned =
      method === 'eigen-cam' && -Math.min(...theirs) > Math.max(...theirs) ? theirs.map((v) => -v) : theirs;
    const expected = signed.includes(method) ? turned : turned.map((v) => Math.max(0, v));
    const error = Math.max(...expected.map((v, k) => Math.abs(v - ours[k]) / peak));
    if (error > worst.error) worst = { name: `${method} at ${layers}`, error };
    expect(error).toBeLessThan(tolerance);
  }
});

async function mapsOf(name: string, layers: LayerName[]) {
  if (name !== 'grad-cam++') {
    const method = await openMethod(name, model, createSession, { layers });
    const maps = await method.maps(images, camClasses);
    await method.release?.();
    return maps;
  }
  // With the 1e-6 that the library adds to the denominator.
  expect(methodNamed(name).layerChoice).toBe('one');
  const reader = new LayerReader(model, layers, createSession);
  const maps = [];
  for (const i of [0, 1]) {
    maps.push(gradCamPlusPlusMap((await reader.gradients(imageAt(i), camClasses[i]))[0], 1e-6));
  }
  await reader.release();
  const joined = maps.flatMap(({ data }) => [...data]);
  return tensor('float32', [2, ...maps[0].shape], joined);
}
