/** Which refiner the commands take, end to end, with the model that comes along, tied one way, the other, and not at all. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeScenes } from '../src/data/scenes/write-scenes.ts';
import { loadFullModel, loadHalfModel } from '../src/load-model.ts';
import { type Expansion, initializeWeights } from '../src/models/model.ts';
import { decodeModel, encodeModel } from '../src/models/model-file.ts';
import { decodeNpy } from '../src/tensor/npy.ts';
import { random } from '../src/tensor/random.ts';
import { hrm, hrmOutput, newFolder } from './helpers/cli.ts';

const cwd = newFolder();
const shipped = join(import.meta.dirname, '..', 'models', 'scenes.onnx');
const picture = 'data/test/disc/disc-0001.jpg';
const explained = (out: string, file: string, ...options: string[]): Promise<string> =>
  hrmOutput(cwd, 'explain', picture, '--weight-dir', file, '--im-size', '64', '--out', out, ...options);
const json = (path: string): Record<string, unknown> => JSON.parse(readFileSync(join(cwd, path), 'utf8'));
const npy = (path: string) => decodeNpy(new Uint8Array(readFileSync(join(cwd, path))), path);

beforeAll(async () => {
  await writeScenes({ out: join(cwd, 'data'), train: 6, test: 6, size: 64 });
  const model = decodeModel(new Uint8Array(readFileSync(shipped)), shipped);
  const save = (name: string, expansion: Expansion): void =>
    writeFileSync(join(cwd, name), encodeModel({ ...model, expansion }));
  save('tied.onnx', 'tied-image');
  save('cells.onnx', 'tied-cells');
  const untied = { ...model, expansion: 'reconstruction' as const };
  const weights = initializeWeights(untied, random(0));
  writeFileSync(join(cwd, 'untied.onnx'), encodeModel({ ...untied, weights }));
  writeFileSync(join(cwd, 'half.onnx'), encodeModel({ ...model, type: 'half' }));
});
afterAll(() => rmSync(cwd, { recursive: true }));

test('models report what ties their high-res map to the class', async () => {
  const of = async (file: string): Promise<string | undefined> => {
    const model = await (file === 'half.onnx' ? loadHalfModel : loadFullModel)(join(cwd, file));
    await model.release();
    return model.expansion;
  };
  expect(await of('tied.onnx')).toBe('tied-image');
  expect(await of('cells.onnx')).toBe('tied-cells');
  expect(await of('half.onnx')).toBeUndefined();
});

test('explain: uses the CRF for a tied high-res map, with its maps and JSON', async () => {
  await explained('tied', 'tied.onnx', '--npy', '--crf-weight', '2');
  const { options, bounds, focal_points_xy } = json('tied/disc-0001.json');
  expect(options).toMatchObject({
    refiner: 'crf',
    crfWeight: 2,
    crfLevel: 0.8,
    crfSpatial: 0.2,
    crfColour: 5,
    filterType: 'otsu',
  });
  expect([bounds, focal_points_xy]).toEqual([undefined, undefined]);
  // A share, where one is asked for.
  await explained('share', 'tied.onnx', '--filter-percentage', '15', '--write', 'json');
  expect(json('share/disc-0001.json')).toMatchObject({
    options: { filterType: 'percentage' },
    kept_share: Math.ceil(0.15 * 64 * 64) / (64 * 64),
  });
  const files = readdirSync(join(cwd, 'tied')).filter((name) => name.endsWith('.npy'));
  expect(files.map((name) => name.split('.')[1]).sort()).toEqual([
    'affinity',
    'colours',
    'high_cam',
    'kept',
    'low_cam',
    'merged',
    'probabilities',
    'unary',
  ]);
  expect(npy('tied/disc-0001.unary.npy').shape).toEqual([64, 64]);
});

test('explain: uses regions for an untied map, or with --refiner', async () => {
  await explained('untied', 'untied.onnx');
  expect(json('untied/disc-0001.json').options).toMatchObject({ refiner: 'regions' });
  await explained('told', 'tied.onnx', '--refiner', 'regions');
  expect(json('told/disc-0001.json')).toMatchObject({
    options: { refiner: 'regions' },
    bounds: expect.any(Array),
  });
  await explained('grad', 'half.onnx', '--method', 'grad-cam');
  expect(json('grad/disc-0001.json').options).toMatchObject({ refiner: 'regions' });
});

test('refine: uses regions by default; the CRF gives the same as explain', async () => {
  await explained('maps', 'tied.onnx', '--npy');
  const maps = ['--low', 'maps/disc-0001.low_cam.npy', '--high', 'maps/disc-0001.high_cam.npy', '--npy'];
  await hrmOutput(cwd, 'refine', picture, ...maps, '--out', 'regions');
  expect(json('regions/disc-0001.json').options).toMatchObject({ refiner: 'regions' });
  await hrmOutput(cwd, 'refine', picture, ...maps, '--out', 'crf', '--refiner', 'crf');
  expect(npy('crf/merged.npy')).toEqual(npy('maps/disc-0001.merged.npy'));
});

test('localise measures the refiner that fits the model', async () => {
  const given = [
    '--data-dir',
    'data',
    '--im-size',
    '64',
    '--eval-size',
    '64',
    '--resamples',
    '10',
    '--faithfulness',
    '0',
  ];
  const scores = async (out: string, ...options: string[]): Promise<unknown> => {
    await hrmOutput(
      cwd,
      'localise',
      ...given,
      '--methods',
      'refined',
      '--weight-dir',
      'tied.onnx',
      '--json',
      out,
      ...options,
    );
    const { methods } = json(out) as { methods: { name: string; pxap?: unknown }[] };
    const found = methods.find(({ name }) => name === 'refined') as unknown as Record<string, unknown>;
    return { ...found, milliseconds_per_map: undefined, milliseconds: undefined };
  };
  const usual = await scores('usual.json');
  expect(await scores('crf.json', '--refiner', 'crf')).toEqual(usual);
  expect(await scores('regions.json', '--refiner', 'regions')).not.toEqual(usual);
});

test.each([
  [
    '--refiner snake',
    "error: option '--refiner <name>' argument 'snake' is invalid. Allowed choices are regions, crf.",
  ],
  ['--crf-spatial 1e-200', 'A number from 0.005 to 1 is needed.'],
  ['--crf-colour 1e-20', 'A number from 0.1 to 100 is needed.'],
  ['--crf-colour 101', 'A number from 0.1 to 100 is needed.'],
  ['--filter-percentage 0', 'A number above 0 and up to 100 is needed.'],
  ['--crf-level -1', 'A number from 0 to 2 is needed.'],
  ['--crf-weight x', 'A number from 0 to 100 is needed.'],
])('%s is wrong usage', async (options, message) => {
  const { code, stderr } = await hrm(
    cwd,
    'refine',
    picture,
    '--low',
    'a',
    '--high',
    'b',
    '--out',
    'c',
    ...options.split(' '),
  );
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});
