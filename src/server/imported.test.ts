/**
 * Imported classifiers over HTTP: files that are imported when the server starts, and one of `hrm import`.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { node } from '../../test/helpers/foreign-onnx.ts';
import { tinyClassifier } from '../../test/helpers/tiny-classifier.ts';
import { isImportedFile } from '../classifier/imported-classifier.ts';
import { camMethods } from '../explain/methods/index.ts';
import { importFile } from '../import-file.ts';
import { explainAnswer, modelAnswer } from './answers.ts';
import { Metrics } from './metrics.ts';
import { openServedModel } from './open-model.ts';
import { type RunningServer, startServer } from './server.ts';
import { Service } from './service.ts';

const folder = mkdtempSync(join(tmpdir(), 'hrm-served-'));
const faults: unknown[] = [];
let server: RunningServer;
let picture: Buffer<ArrayBuffer>;

/** A non-linear head: a sigmoid between the means and the classes. */
const other = [
  node('Sigmoid', ['features'], ['squashed']),
  node('Gemm', ['squashed', 'matrix', 'shift'], ['logits'], { transB: 1 }),
];
/** A classifier for sizes of 48 pixels and more: its window covers 12 positions of the feature maps. */
const wide = [
  node('MaxPool', ['maps'], ['most'], { kernel_shape: [12, 12] }),
  node('GlobalAveragePool', ['most'], ['means']),
  node('Flatten', ['means'], ['flat']),
  node('Gemm', ['flat', 'matrix', 'shift'], ['logits'], { transB: 1 }),
];
const free = ['N', 3, 'H', 'W'];

beforeAll(async () => {
  const at = (name: string): string => join(folder, `${name}.onnx`);
  writeFileSync(at('fixed'), tinyClassifier());
  writeFileSync(at('other'), tinyClassifier({ head: other, shape: free }));
  writeFileSync(at('wide'), tinyClassifier({ head: wide, shape: free }));
  const { file } = await importFile(at('fixed'), { fit: 'crop', preprocess: 'inception' });
  writeFileSync(at('middle'), file);
  const metrics = new Metrics();
  const options = { device: 'cpu', maxBatch: 8, batchWait: 1 } as const;
  const names = ['fixed', 'other', 'wide', 'middle'];
  const service = new Service({
    models: await Promise.all(
      names.map((name) =>
        openServedModel(at(name), {
          name,
          ...options,
          reading: { foreign: name === 'middle' ? {} : { size: name === 'fixed' ? 32 : 64 } },
        }),
      ),
    ),
    metrics,
    maxPixels: 1e6,
    maxResultPixels: 1e6,
    maxImSize: 128,
    maxRequests: 8,
    timeout: 60,
    workers: 1,
    storeBytes: 1e6,
    storeSeconds: 60,
  });
  await service.warmUp();
  server = await startServer({
    service,
    metrics,
    version: '1.2.3',
    host: '127.0.0.1',
    port: 0,
    maxBody: 1e6,
    timeout: 60,
    stopTimeout: 60,
    write: () => {},
    onFault: (error) => faults.push(error),
  });
  picture = await sharp({ create: { width: 96, height: 64, channels: 3, background: '#c08040' } })
    .composite([{ input: Buffer.from('<svg width="40" height="40"><circle cx="20" cy="20" r="18"/></svg>') }])
    .png()
    .toBuffer();
});
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true });
});

function ask(path: string): Promise<Response> {
  const headers = { 'Content-Type': 'image/png' };
  return fetch(`${server.address}/v1/${path}`, { method: 'POST', body: picture, headers });
}

test('describes the models', async () => {
  const answer = modelAnswer.parse(await (await fetch(`${server.address}/v1/model`)).json());
  const all = camMethods.map(({ name }) => name);
  const anyHead = camMethods.filter(({ needsLinearHead = false }) => !needsLinearHead);
  expect(answer.models).toMatchObject([
    {
      type: 'half',
      im_sizes: { only: 32 },
      methods: all,
      imported: { source: 'fixed.onnx', head: 'linear' },
    },
    {
      im_sizes: { multiple: 1 },
      // `cam` is the model's own maps.
      methods: ['cam', ...anyHead.map(({ name }) => name)],
      imported: { source: 'other.onnx', head: 'other', layer: 'maps' },
    },
    { im_sizes: { multiple: 1 } },
    { imported: { crop: 0.875, preprocessing: { scale: 1, mean: [0.5], std: [0.5], bgr: false } } },
  ]);
  const file = await fetch(`${server.address}/v1/model/file?model=other`);
  expect(isImportedFile(new Uint8Array(await file.arrayBuffer()), 'other')).toBe(true);
});

test.each(['fixed', 'other'])(
  'explains %s by its own map and by gradients, several at a time',
  async (model) => {
    const explain = async (query: string): Promise<Record<string, unknown>> => {
      const response = await ask(`explain?model=${model}&outputs=low_res_cam,high_res_cam${query}`);
      expect(response.status, await response.clone().text()).toBe(200);
      return explainAnswer.parse(await response.json()) as Record<string, unknown>;
    };
    const answers = await Promise.all(['', '&class=%231', '&class=2', '&method=layer-cam'].map(explain));
    expect(answers.map(({ explained_class: one }) => (one as { index: number }).index).slice(1, 3)).toEqual([
      1, 2,
    ]);
    const size = model === 'fixed' ? 32 : 64;
    for (const answer of answers) {
      expect(answer).toMatchObject({
        map_size: [size, size],
        outputs: { low_res_cam: { shape: [size / 4, size / 4] }, high_res_cam: { shape: [size, size] } },
      });
      expect(answer.covers).toBeUndefined();
    }
    expect(faults).toEqual([]);
  },
);

test('reports the part that a model sees if it sees only the middle', async () => {
  const answer = explainAnswer.parse(await (await ask('explain?model=middle&outputs=overlay')).json());
  // 0.875 of 64 pixels
  expect(answer).toMatchObject({
    picture_size: [96, 64],
    covers: [20, 4, 76, 60],
    outputs: { overlay: { shape: [64, 96, 3] } },
  });
  const predicted = await (await ask('predict?model=middle')).json();
  expect(predicted).toMatchObject({ covers: [20, 4, 76, 60] });
});

test.each([
  ['explain?model=fixed&im_size=64', 'im_size: the model fixed takes only 32, got 64'],
  ['predict?model=wide&im_size=40', 'im_size: the model wide does not work at 40 x 40 pixels'],
  ['explain?model=other&method=centered-cam', 'method: the model other has cam, grad-cam'],
])('rejects %s', async (path, detail) => {
  const response = await ask(path);
  expect(await response.json()).toMatchObject({ status: 422, detail: expect.stringContaining(detail) });
  expect(faults).toEqual([]);
});

test('accepts sizes other than its own, one after another', async () => {
  for (const size of [32, 33, 34, 35, 36, 33]) {
    for (const method of ['cam', 'grad-cam']) {
      const response = await ask(`explain?model=other&im_size=${size}&method=${method}&outputs=`);
      expect([size, response.status]).toEqual([size, 200]);
    }
  }
});
