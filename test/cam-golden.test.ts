/** The CAM methods against pytorch-grad-cam. */
import { readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { gradCamPlusPlusMap } from '../src/explain/methods/grad-cam-plus-plus.ts';
import { methodNamed, openMethod } from '../src/explain/methods/index.ts';
import { LayerReader, type LayerReading } from '../src/explain/methods/layer-reader.ts';
import { parseLayers } from '../src/explain/methods/layers.ts';
import { networkOf } from '../src/models/densenet-network.ts';
import { createSession } from '../src/runtime/node.ts';
import { random } from '../src/tensor/random.ts';
import { type Tensor, tensor } from '../src/tensor/tensor.ts';
import { camCase, camClasses } from '../tools/reference/cam-case.ts';

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
/** What pytorch-grad-cam adds to Grad-CAM++'s denominator. */
const epsilon = 1e-6;
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

const peakOf = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((peak, v) => Math.max(peak, Math.abs(v)), 0);

/**
 * The change that rounding makes to a Grad-CAM++ map: of 8 draws of noise, the largest. Where a denominator is near 0, one channel's
 * weight hangs on the last bit of one gradient, and no float32 network can give it to 1e-4: for image 1 at `dense_1`, that bit of one
 * gradient of channel 150 moves the map by 5e-5.
 *
 * The noise is at most one unit in the last place of the layer's largest value, 2^-23 of it. This is less than the network's own: with
 * and without ONNX Runtime's optimisations, gradients differ by up to 3 such units, activations by up to 7.
 */
function changeByRounding({ activations, gradients }: LayerReading): number[] {
  const rng = random(1);
  const noisy = ({ shape, data }: Tensor<'float32'>) => {
    const unit = 2 ** -23 * peakOf(data);
    const moved = data.map((v) => v + rng.uniform(-unit, unit));
    return tensor('float32', shape, moved);
  };
  const { data } = gradCamPlusPlusMap({ activations, gradients }, epsilon);
  const changes = Array.from({ length: 8 }, () => {
    const reading = { activations: noisy(activations), gradients: noisy(gradients) };
    return Array.from(gradCamPlusPlusMap(reading, epsilon).data, (v, k) => v - data[k]);
  });
  return changes.reduce((largest, change) => (peakOf(change) > peakOf(largest) ? change : largest));
}

/**
 * The errors without the multiple of `change` that fits them best, at most twice the change. Only an error of the change's own shape,
 * which is that of the ill-conditioned channel, goes; all other channels must be right as everywhere.
 */
function lessItsShareOf(change: number[], errors: number[]): number[] {
  const dot = (a: number[], b: number[]) => a.reduce((sum, v, k) => sum + v * b[k], 0);
  const share = Math.max(-2, Math.min(2, dot(errors, change) / dot(change, change)));
  return errors.map((v, k) => v - share * change[k]);
}

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
