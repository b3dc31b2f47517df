/** `train full` on an imported classifier: an expansion that is taught on any pictures. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readPicture } from '../src/data/picture/decode.ts';
import { toImage } from '../src/data/picture/unit-range.ts';
import { loadModel } from '../src/load-model.ts';
import { initializeWeights, type ModelConfig } from '../src/models/model.ts';
import { encodeModel } from '../src/models/model-file.ts';
import { random } from '../src/tensor/random.ts';
import { best, hrm, hrmOutput, newFolder } from './helpers/cli.ts';
import {
  interruptedTraining,
  eventsOf as of,
  outcome,
  training,
  trainingProcess,
} from './helpers/training.ts';

const cwd = newFolder();
const at = (path: string): string => join(cwd, path);
const words = (text: string): string[] => text.split(' ');
const golden = new URL('golden/classifiers/', import.meta.url);
const start = (name: string, ...more: string[]): string[] => [
  ...words(
    'train full --half-weight-dir half.onnx --data-dir pictures --batch-size 8 --epochs 3 --results-name',
  ),
  name,
  ...more,
];
const resume = (name: string, ...more: string[]): string[] => [
  ...words('train full --resume --results-name'),
  name,
  ...more,
];
const ok = { code: 0, signal: null, stderr: '' };

let run: Awaited<ReturnType<typeof training>>;
beforeAll(async () => {
  await hrmOutput(cwd, 'synth', '--out', 'data', ...words('--classes 3 --train 30 --test 3 --size 64'));
  // Any folder of pictures: nested as it likes, with what is no picture.
  for (const [i, name] of readdirSync(at('data/train')).entries()) {
    const to = at(`pictures/${['', 'more', 'more/still'][i]}`);
    mkdirSync(to, { recursive: true });
    for (const file of readdirSync(at(`data/train/${name}`))) {
      copyFileSync(at(`data/train/${name}/${file}`), join(to, `${name}-${file}`));
    }
  }
  writeFileSync(at('pictures/notes.txt'), 'no picture');
  writeFileSync(at('pictures/broken.jpg'), 'no picture');
  copyFileSync(new URL('mobilenetv2.onnx', golden), at('original.onnx'));
  await hrmOutput(cwd, ...words('import original.onnx --out half.onnx --preprocess imagenet'));
  run = await training(cwd, start('plain'));
}, 120_000);
afterAll(() => rmSync(cwd, { recursive: true }));

describe('a run', () => {
  test('makes soft labels of all pictures, then runs epochs', () => {
    expect(run).toMatchObject(ok);
    const [begun] = of(run.events, 'start');
    expect(begun).toMatchObject({ type: 'full', images: 31, imSize: 48, batchSize: 8, optimizer: 'adamw' });
    expect(begun.classes).toBeUndefined();
    expect(of(run.events, 'teaching')[0]).toEqual({ event: 'teaching', done: 0, images: 31 });
    expect(of(run.events, 'skipped')).toMatchObject([{ file: 'pictures/broken.jpg' }]);
    const losses = of(run.events, 'epoch').map(({ loss }) => loss);
    expect(losses).toHaveLength(3);
    expect(losses.every((loss) => loss > 0 && loss < 1)).toBe(true);
  });

  test('predicts as its half model bit for bit; its map has the mean of the low-res map', async () => {
    const [full, half] = [await loadModel(at(best('plain'))), await loadModel(at('half.onnx'))];
    expect(full).toMatchObject({ type: 'full', expansion: 'transport' });
    const file = readdirSync(at('data/test/disc'))[0];
    const image = toImage(await readPicture(at(`data/test/disc/${file}`), { size: 48, channels: 3 }));
    const [a, b] = [await full.explain(image), await half.explain(image)];
    expect(a.probabilities).toEqual(b.probabilities);
    expect(a.lowResCam).toEqual(b.lowResCam);
    const mean = (data: Float32Array): number => data.reduce((sum, value) => sum + value, 0) / data.length;
    expect(mean(a.highResCam?.data as Float32Array)).toBeCloseTo(mean(b.lowResCam.data), 5);
    await Promise.all([full.release(), half.release()]);
  });

  test('its file can be explained, measured and trained on', async () => {
    const model = ['--weight-dir', best('plain')];
    const picture = `data/test/disc/${readdirSync(at('data/test/disc'))[0]}`;
    await hrmOutput(cwd, 'explain', picture, ...model, ...words('--out explained --write json,npy'));
    expect(readdirSync(at('explained')).some((name) => name.endsWith('high_cam.npy'))).toBe(true);
    const measured = await hrmOutput(
      cwd,
      ...words('localise --data-dir data --class-from predicted --faithfulness 0 --methods high-res,refined'),
      ...model,
    );
    expect(measured).toMatch(/high-res/);
    const taught = words('--data-dir data --hold-out 0.25 --batch-size 8 --epochs 2 --results-name head');
    await hrmOutput(cwd, 'train', 'half', '--backbone', best('plain'), ...taught);
    const head = await loadModel(at(best('head')));
    expect(head).toMatchObject({
      type: 'full',
      expansion: 'transport',
      classes: ['disc', 'square', 'triangle'],
    });
    await head.release();
  });

  test('another run starts from the existing expansion', async () => {
    const given = words('--data-dir pictures --batch-size 8 --epochs 1 --results-name again');
    const { events, code } = await training(cwd, [
      ...words('train full --half-weight-dir'),
      best('plain'),
      ...given,
    ]);
    expect(code).toBe(0);
    expect(of(events, 'epoch')[0].loss).toBeLessThan(of(run.events, 'epoch')[0].loss);
  });

  test('reports progress as text', async () => {
    const { code, stdout, stderr } = await hrm(cwd, ...start('words', ...words('--epochs 1')));
    expect(code).toBe(0);
    const [first, ...others] = stderr.split('\n');
    expect(first).toBe('pictures: all in pictures and its folders; folder names are ignored');
    expect(others).toContain('pictures: left out, not pictures: 1 .txt');
    expect(stdout.split('\n')[0]).toBe('train full: 31 images; 48 x 48, batch 8, 1 epoch, device cpu');
    expect(readFileSync(at('results/words/report.html'), 'utf8')).toMatch(/was trained on 31 images: /);
  });

  test('trains on classes of folders if requested', async () => {
    const names = ['disc', 'square', 'triangle', ...Array.from({ length: 7 }, (_, i) => `other ${i}`)];
    writeFileSync(at('names.txt'), names.join('\n'));
    const count = (await loadModel(at('half.onnx'))).classes.length;
    writeFileSync(
      at('names.txt'),
      Array.from({ length: count }, (_, i) => names[i] ?? `other ${i}`).join('\n'),
    );
    await hrmOutput(
      cwd,
      ...words('import original.onnx --out named.onnx --preprocess imagenet --classes names.txt'),
    );
    const { events, code, stderr } = await training(cwd, [
      ...words(
        'train full --half-weight-dir named.onnx --data-dir data --teach folder --epochs 1 --batch-size 8',
      ),
      ...words('--results-name folder'),
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(of(events, 'start')).toMatchObject([{ images: 30, classes: 3 }]);
  });
});

describe('a resumed run equals an uninterrupted one', () => {
  test('Ctrl-C', async () => {
    const stopped = await interruptedTraining(cwd, start('stopped'), 'epoch', 'SIGINT');
    expect(stopped).toMatchObject({ code: 130 });
    expect(await training(cwd, resume('stopped'))).toMatchObject({ code: 0 });
    const { tensors, history } = outcome(cwd, 'plain');
    expect(outcome(cwd, 'stopped')).toMatchObject({ tensors, history });
  });

  test('SIGKILL within an epoch', async () => {
    const often = words('--checkpoint-minutes 0');
    const killed = await trainingProcess(cwd, start('killed', ...often), ({ event }, child) => {
      if (event === 'checkpoint') child.kill('SIGKILL');
    });
    expect(killed.signal).toBe('SIGKILL');
    expect(await training(cwd, resume('killed'))).toMatchObject({ code: 0 });
    const { tensors, history } = outcome(cwd, 'plain');
    expect(outcome(cwd, 'killed')).toMatchObject({ tensors, history });
  });
});

describe('rejects bad input in one line', () => {
  const refused = async (args: readonly string[], line: RegExp): Promise<void> => {
    const { code, stderr, stdout } = await hrm(cwd, ...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.trimEnd()).toMatch(line);
    expect(
      stderr
        .trimEnd()
        .split('\n')
        .filter((one) => one.startsWith('error:')),
    ).toHaveLength(1);
  };

  test('a folder without pictures, or a missing folder', async () => {
    mkdirSync(at('empty'), { recursive: true });
    await refused([...start('a'), '--data-dir', 'empty'], /empty: no pictures in it/);
    await refused(
      [...start('a'), '--data-dir', 'nowhere'],
      /nowhere: .*(no such|not found|does not exist|missing)/i,
    );
  });

  test('fewer pictures than a batch', async () => {
    mkdirSync(at('few'), { recursive: true });
    const { code } = await hrm(cwd, ...start('few', '--data-dir', 'few'));
    expect(code).toBe(1);
  });

  test('options of other expansions', async () => {
    const { code, stderr } = await hrm(cwd, ...start('a', '--expansion', 'tied-cells'));
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: --expansion tied-cells needs a network of this project/);
    await refused(start('a', '--im-size', '96'), /takes only 48, got 96/);
  });

  test('folders that are not classes', async () => {
    await refused(
      start('a', ...words('--data-dir data --teach folder')),
      /--teach predicted needs no class folders/,
    );
  });

  test('--teach with a network of this project', async () => {
    const config: ModelConfig = { type: 'half', classes: ['cross', 'disc', 'ring'], imSize: 32, channels: 3 };
    writeFileSync(at('own.onnx'), encodeModel({ ...config, weights: initializeWeights(config, random(1)) }));
    const { code, stderr } = await hrm(
      cwd,
      ...words('train full --half-weight-dir own.onnx --data-dir data --results-name a --teach predicted'),
    );
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: --teach needs --expansion transport/);
  });

  test('a start file that the run would replace', async () => {
    const again = [
      ...words('train full --data-dir pictures --results-name plain --overwrite --half-weight-dir'),
    ];
    await refused([...again, best('plain')], /lies in results\/plain, which this run replaces/);
  });

  test('a collage of a single picture', async () => {
    await refused(
      start('a', '--batch-size', '1'),
      /a batch of at least 2 pictures is needed for collages, got 1/,
    );
  });

  test('another classifier on resuming', async () => {
    await refused(
      resume('plain', ...words('--half-weight-dir original.onnx --epochs 4')),
      /--half-weight-dir is half\.onnx in the checkpoint/,
    );
  });
});
