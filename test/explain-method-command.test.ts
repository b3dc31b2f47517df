/** `hrm explain --method`, from models with seeded weights. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { encodePng } from '../src/data/picture/write-picture.ts';
import { methodNamed, openMethod } from '../src/explain/methods/index.ts';
import { usualLayers } from '../src/explain/methods/layers.ts';
import { densenetLayers, networkOf } from '../src/models/densenet-network.ts';
import { initializeWeights, transferWeights } from '../src/models/model.ts';
import { encodeModel } from '../src/models/model-file.ts';
import { createSession } from '../src/runtime/node.ts';
import { decodeNpy } from '../src/tensor/npy.ts';
import { random } from '../src/tensor/random.ts';
import { tensor } from '../src/tensor/tensor.ts';
import { camCase } from '../tools/reference/cam-case.ts';
import { hrm, hrmOutput, newFolder, tree } from './helpers/cli.ts';

const cwd = newFolder();
const { model } = camCase();
const picture = tensor('uint8', [64, 64, 3]);
const call = (...args: string[]) => ['explain', 'noise.png', '--weight-dir', 'half.onnx', ...args];
const json = (path: string) => JSON.parse(readFileSync(join(cwd, path), 'utf8'));
const npy = (path: string) => decodeNpy(new Uint8Array(readFileSync(join(cwd, path))), path);

beforeAll(async () => {
  const rng = random(3);
  for (let i = 0; i < picture.data.length; i++) picture.data[i] = rng.integer(256);
  writeFileSync(join(cwd, 'noise.png'), await encodePng(picture));
  writeFileSync(join(cwd, 'half.onnx'), encodeModel(model));
  const config = { ...model, type: 'full' as const };
  const weights = transferWeights(model.weights, initializeWeights(config, rng));
  writeFileSync(join(cwd, 'full.onnx'), encodeModel({ ...config, weights }));
});

// One of each kind: weights for channels, several layers, a signed map without gradients.
const some = ['grad-cam', 'layer-cam', 'eigen-cam'].map(methodNamed);

test.each(some)('$name explains a half model', async (entry) => {
  const { name, title } = entry;
  const out = `out/${name}`;
  const kinds = 'overlay,json,map,pipeline';
  const asked = ['--out', out, '--method', name, '--npy', '--svg', '--write', kinds];
  const printed = await hrmOutput(cwd, ...call(...asked));
  expect(printed).toMatch(/^noise {2}\w [\d.]+ %, .*\nresults are in out\//);
  const files = tree(join(cwd, out));
  expect(files).toEqual(
    expect.arrayContaining(
      ['map.png', 'map.svg', 'overlay.png', 'pipeline.png', 'json'].map((f) => `noise.${f}`),
    ),
  );
  const { method, explained_class, predictions } = json(`${out}/noise.json`);
  expect(method).toEqual({ name, layers: [...usualLayers(entry, densenetLayers)], smooth: false });
  expect(explained_class).toEqual(predictions[0]);
  const pipeline = readFileSync(join(cwd, out, 'noise.pipeline.svg'), 'utf8');
  expect(pipeline).toContain(title);
  // The map is the method's, and stands in the place of both maps.
  const opened = await openMethod(name, networkOf(model), createSession);
  const image = tensor(
    'float32',
    [1, 64, 64, 3],
    Float32Array.from(picture.data, (v) => v / 255),
  );
  const expected = await opened.maps(image, [explained_class.index]);
  await opened.release?.();
  const low = npy(`${out}/noise.low_cam.npy`);
  expect(low.shape).toEqual(expected.shape.slice(1));
  expect(low.data).toEqual(expected.data);
  expect(npy(`${out}/noise.high_cam.npy`).shape).toEqual([64, 64]);
});

test('a full model gives the same; without a method only its own maps', async () => {
  const full = ['explain', 'noise.png', '--weight-dir', 'full.onnx', '--npy'];
  await hrmOutput(cwd, ...full, '--out', 'full/cam', '--method', 'grad-cam', '--class', 'a');
  await hrmOutput(cwd, ...call('--npy', '--out', 'half/cam', '--method', 'grad-cam', '--class', 'a'));
  expect(npy('full/cam/noise.merged.npy')).toEqual(npy('half/cam/noise.merged.npy'));
  await hrmOutput(cwd, ...full, '--out', 'full/own');
  expect(tree(join(cwd, 'full/own'))).not.toContain('noise.map.png');
  expect(json('full/own/noise.json').method).toBeUndefined();
});

test('accepts another layer, several layers, and smoothing', async () => {
  await hrmOutput(cwd, ...call(...'--out out/d --method grad-cam --layer dense_2 --npy'.split(' ')));
  expect(npy('out/d/noise.low_cam.npy').shape).toEqual([8, 8]);
  await hrmOutput(cwd, ...call(...'--out out/l --method layer-cam --layer dense_5,dense_0 --npy'.split(' ')));
  expect(npy('out/l/noise.low_cam.npy').shape).toEqual([32, 32]);
  expect(json('out/l/noise.json').method.layers).toEqual(['dense_5', 'dense_0']);
  await hrmOutput(cwd, ...call(...'--out out/s --method cam --smooth --npy --svg'.split(' ')));
  // 1.75 times 64 is 112, of which the nearest multiple of 32 is 128.
  expect(npy('out/s/noise.low_cam.npy').shape).toEqual([8, 8]);
  expect(json('out/s/noise.json').method).toEqual({ name: 'cam', layers: ['low'], smooth: true });
  expect(readFileSync(join(cwd, 'out/s/noise.map.svg'), 'utf8')).toContain('CAM (low), smoothed');
});

describe('method from the project file', () => {
  test('applies its layer only to calls with a method', async () => {
    const folder = join(cwd, 'project');
    mkdirSync(folder);
    const at = ['explain', '../noise.png', '--weight-dir'];
    writeFileSync(
      join(folder, 'hrm.config.json'),
      JSON.stringify({ explain: { layer: 'dense_3', smooth: true } }),
    );
    await hrmOutput(folder, ...at, '../full.onnx', '--out', 'own');
    await hrmOutput(folder, ...at, '../half.onnx', '--out', 'cam', '--method', 'hirescam');
    const { method } = json('project/cam/noise.json');
    expect(method).toEqual({ name: 'hirescam', layers: ['dense_3'], smooth: true });
  });
});

test.each([
  [
    '--method gradcam',
    /argument 'gradcam' is invalid\. Allowed choices are cam, centered-cam, grad-cam, .*eigen-cam\./,
  ],
  ['--layer dense_5', /--layer needs --method NAME: cam, centered-cam, grad-cam, /],
])('%s is wrong usage', async (options, message) => {
  const { code, stderr } = await hrm(cwd, ...call('--out', 'wrong', ...options.split(' ')));
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(message) });
});

test.each([
  ['--method grad-cam --layer dense_9', /layers are low, dense_5, dense_3, .*got 'dense_9'/],
  ['--method cam --layer dense_5', /cam: its layer is low, got dense_5/],
])('%s does not fit the model', async (options, message) => {
  const { code, stderr } = await hrm(cwd, ...call('--out', 'wrong', ...options.split(' ')));
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(message) });
});

test('a half model without a method explains with its own map', async () => {
  const text = await hrmOutput(cwd, ...call('--out', 'own'));
  expect(text).toContain('noise');
  expect(json('own/noise.json').method).toBeUndefined();
});

test('reports a map of zeros', async () => {
  // No weight: no evidence for any class.
  const kernel = tensor('float32', [16, 3]);
  const weights = new Map([...model.weights, ['aux_output/kernel', kernel]]);
  writeFileSync(join(cwd, 'blank.onnx'), encodeModel({ ...model, weights }));
  const args = [
    'explain',
    'noise.png',
    '--weight-dir',
    'blank.onnx',
    '--out',
    'blank',
    '--method',
    'grad-cam',
  ];
  const { code, stderr } = await hrm(cwd, ...args);
  expect(code).toBe(1);
  expect(stderr).toMatch(/noise\.png: Grad-CAM finds nothing for \w: its map is 0 everywhere/);
});
