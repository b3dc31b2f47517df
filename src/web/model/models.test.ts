import { signal } from '@preact/signals-core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { tensor } from '../../tensor/tensor.ts';
import { settingsDefaults } from '../state/settings.ts';
import type { ForeignFile } from './import-here.ts';
import type { ImportDeclared } from './imported-facts.ts';
import type { ModelClient } from './model-client.ts';
import { Models } from './models.ts';

/** What was fetched and opened, in order. */
let log: string[];
/** Answers that a test holds back, by their requests. */
let held: Map<string, () => void>;
let hold: Set<string>;
/** Names of models that fail to open. */
let bad: Set<string>;
/** The files given with each model that was opened. */
let given: { declared: ImportDeclared; pictures: number }[];

function unlessHeld<T>(name: string, value: T, signal?: AbortSignal | null): Promise<T> {
  log.push(name);
  return new Promise((resolve, reject) => {
    signal?.addEventListener('abort', () => {
      log.push(`abort ${name}`);
      reject(new Error('aborted'));
    });
    if (hold.has(name)) held.set(name, () => resolve(value));
    else resolve(value);
  });
}

const client = {
  prepare() {},
  async open({ name, declared, pictures }: ForeignFile) {
    await unlessHeld(`open ${name}`, undefined);
    given.push({ declared, pictures: pictures.length });
    if (bad.has(name)) throw new Error('broken');
    if (declared.classes?.name === 'three.txt') throw new Error('it has 2 outputs');
    const imported = name === 'foreign.onnx' ? { here: {} } : undefined;
    return { type: 'full', classes: ['a', 'b'], device: 'wasm', note: '', imported };
  },
  tryWebgpu: async () => ({ device: 'wasm', note: 'no GPU' }),
} as unknown as ModelClient;

const pictures = async () => [tensor('uint8', [1, 1, 3])];

beforeEach(() => {
  [log, held, hold, bad, given] = [[], new Map(), new Set(), new Set(), []];
  vi.stubGlobal('fetch', async (url: string, { signal, headers }: RequestInit = {}) => {
    const name = url.replace('http://host/', '');
    const token = (headers as Record<string, string> | undefined)?.Authorization;
    if (hold.has('token') && token !== 'Bearer right') return { ok: false, status: 401 };
    await unlessHeld(`fetch ${name}`, undefined, signal);
    const models = ['photo15', 'scenes'].map((one) => ({
      name: one,
      file: { href: `../models/${one}.onnx` },
    }));
    return {
      ok: true,
      status: 200,
      url: 'http://host/v1/model',
      headers: new Headers(),
      json: async () => ({ models }),
      arrayBuffer: async () => new ArrayBuffer(8),
    };
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

function newModels(): {
  models: Models;
  preferred: { value: string | undefined };
  settings: { value: typeof settingsDefaults };
} {
  const settings = signal({ ...settingsDefaults, device: 'wasm' as const });
  const preferred = signal<string | undefined>(undefined);
  return { models: new Models(settings, preferred, { client, pictures }), preferred, settings };
}
const opened = (models: Models, name: string): Promise<unknown> =>
  vi.waitUntil(() => models.usable.value !== undefined && models.open.value?.listed.name === name);
const file = (name: string): File => new File(['model'], name);

test('opens the first model, the one that fits the picture, or the chosen one', async () => {
  const { models, preferred, settings } = newModels();
  await models.load();
  await opened(models, 'photo15');
  preferred.value = 'scenes';
  await opened(models, 'scenes');
  models.choose('photo15');
  await opened(models, 'photo15');
  expect(settings.value.model).toBe('photo15');
  models.choose(undefined);
  await opened(models, 'scenes');
  expect(models.busy.value).toBeUndefined();
});

test('choosing another model during a download cancels it and opens the other once', async () => {
  hold.add('fetch models/photo15.onnx');
  const { models, preferred } = newModels();
  await models.load();
  preferred.value = 'scenes';
  await opened(models, 'scenes');
  expect(log).toEqual([
    'fetch v1/model',
    'fetch models/photo15.onnx',
    'abort fetch models/photo15.onnx',
    'fetch models/scenes.onnx',
    'open scenes.onnx',
  ]);
  expect([models.busy.value, models.problem.value]).toEqual([undefined, undefined]);
});

test('returning to the open model during a download opens nothing', async () => {
  const { models, preferred } = newModels();
  await models.load();
  await opened(models, 'photo15');
  hold.add('fetch models/scenes.onnx');
  preferred.value = 'scenes';
  await vi.waitUntil(() => log.includes('fetch models/scenes.onnx'));
  expect(models.usable.value).toBeUndefined();
  preferred.value = undefined;
  await opened(models, 'photo15');
  await vi.waitUntil(() => models.busy.value === undefined);
  expect(log.filter((one) => one.startsWith('open'))).toEqual(['open photo15.onnx']);
});

test('if a model cannot be opened, the previous one stays in use', async () => {
  const { models, preferred, settings } = newModels();
  await models.load();
  await opened(models, 'photo15');
  bad.add('scenes.onnx');
  preferred.value = 'scenes';
  await vi.waitUntil(() => models.problem.value !== undefined);
  expect(models.problem.value).toMatch(/broken.* The previous model stays\.$/);
  await opened(models, 'photo15');
  expect(settings.value.model).toBe('photo15');
  // It is tried again when the user chooses it.
  bad.clear();
  models.choose(undefined);
  await opened(models, 'scenes');
  expect(models.problem.value).toBeUndefined();
});

test('opens a given file and offers it; does not keep a broken one', async () => {
  const { models } = newModels();
  await models.load();
  await models.give(file('mine.onnx'));
  await opened(models, 'mine.onnx');
  bad.add('broken.onnx');
  await models.give(file('broken.onnx'));
  await vi.waitUntil(() => models.problem.value !== undefined);
  await opened(models, 'mine.onnx');
  expect(models.list.value?.map(({ name }) => name)).toEqual(['photo15', 'scenes', 'mine.onnx']);
  await models.give(new File([], 'empty.onnx'));
  expect(models.problem.value).toBe('empty.onnx is empty.');
});

test("imports a classifier of another program again with the user's declarations", async () => {
  const { models } = newModels();
  await models.load();
  await opened(models, 'photo15');
  const [names, config, weights] = ['names.txt', 'preprocessor_config.json', 'foreign.onnx.data'].map(file);
  models.giveBeside([names]);
  expect(models.problem.value).toMatch(
    /^names\.txt: extra files, such as class names, are only for classifiers of other programs/,
  );
  const reopened = async (times: number): Promise<void> => {
    await vi.waitUntil(() => given.length === times && models.busy.value === undefined);
    await opened(models, 'foreign.onnx');
  };
  await models.give(file('foreign.onnx'), [weights]);
  await reopened(2);
  models.declare({ preprocessing: 'caffe' });
  await reopened(3);
  models.giveBeside([names, config]);
  await reopened(4);
  expect(given.map(({ pictures: n }) => n)).toEqual([0, 1, 1, 1]);
  expect(given.map(({ declared }) => declared)).toEqual([
    {},
    { beside: [weights] },
    { beside: [weights], preprocessing: 'caffe' },
    { beside: [weights, config], preprocessing: 'caffe', classes: names },
  ]);
  // A wrong declaration leaves the model as it was.
  models.giveBeside([file('three.txt')]);
  await vi.waitUntil(() => models.problem.value !== undefined && models.busy.value === undefined);
  expect(models.problem.value).toMatch(/it has 2 outputs.*The previous model stays\.$/);
  await opened(models, 'foreign.onnx');
  expect(models.open.value?.listed.declared?.classes).toBe(names);
  expect(models.list.value?.map(({ name }) => name)).toEqual(['photo15', 'scenes', 'foreign.onnx']);
});

test('changing the device while a model opens opens only that model again', async () => {
  const { models, settings, preferred } = newModels();
  await models.load();
  await opened(models, 'photo15');
  hold.add('open scenes.onnx');
  preferred.value = 'scenes';
  await vi.waitUntil(() => held.has('open scenes.onnx'));
  settings.value = { ...settings.value, device: 'auto' };
  hold.clear();
  held.get('open scenes.onnx')?.();
  await vi.waitUntil(() => models.open.value?.preference === 'auto');
  await opened(models, 'scenes');
  expect(log.filter((one) => one.startsWith('open'))).toEqual([
    'open photo15.onnx',
    'open scenes.onnx',
    'open scenes.onnx',
  ]);
});

test('a server with a token: reports a wrong one, opens the model with the right one', async () => {
  hold.add('token');
  const { models } = newModels();
  await models.load();
  expect(models.tokenAsked.value).toBe('missing');
  for (const wrong of ['left', 'schlüssel']) {
    await models.giveToken(wrong);
    expect(models.tokenAsked.value).toBe('wrong');
  }
  expect(log).toEqual([]);
  await models.giveToken('right');
  await opened(models, 'photo15');
  expect(models.tokenAsked.value).toBeUndefined();
  await models.giveToken('right');
  await opened(models, 'photo15');
  expect(models.list.value).toHaveLength(2);
});
