/** Which pictures choose the best weights, what is said of it, and when training ends early. */
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { best, hrm, hrmOutput, newFolder } from './helpers/cli.ts';
import { eventsOf, interruptedTraining, outcome, training } from './helpers/training.ts';

const cwd = newFolder();
const at = (path: string): string => join(cwd, path);
const words = (text: string): string[] => text.split(' ');
const options = words('--epochs 2 --batch-size 4 --im-size 32 --seed 5');
const start = (name: string, dir: string, ...more: string[]): string[] => [
  ...words('train half --results-name'),
  name,
  '--data-dir',
  dir,
  ...options,
  ...more,
];
const resume = (name: string, ...more: string[]): string[] => [
  ...words('train half --resume --results-name'),
  name,
  ...more,
];
const ok = { code: 0, signal: null, stderr: '' };
const flatters =
  "note: the 6 images used to choose this model's best weights are among these: the figures are too optimistic; use images that took no part";

beforeAll(async () => {
  await hrmOutput(cwd, 'synth', '--out', 'data', ...words('--classes 3 --train 14 --test 6 --size 32'));
  await hrmOutput(
    cwd,
    'synth',
    '--out',
    'more',
    ...words('--classes 3 --train 3 --test 3 --size 32 --seed 9'),
  );
  cpSync(at('data'), at('three'), { recursive: true });
  cpSync(at('more/train'), at('three/val'), { recursive: true });
  expect(await training(cwd, start('on-test', 'data'))).toMatchObject(ok);
  expect(await training(cwd, start('on-val', 'three'))).toMatchObject(ok);
});
afterAll(() => rmSync(cwd, { recursive: true }));

async function evaluated(model: string, data: string): Promise<string> {
  return hrmOutput(cwd, 'evaluate', '--weight-dir', model, '--data-dir', data);
}

describe('the best weights are chosen', () => {
  test('on the test images if there are no others, which evaluate reports again', async () => {
    const { events } = await training(cwd, start('said', 'data', '--epochs', '1'));
    expect(eventsOf(events, 'start')[0]).toMatchObject({ images: 14, testImages: 6 });
    expect(eventsOf(events, 'note').map(({ message }) => message)).toEqual([
      'the best weights are chosen on data/test, the images of hrm evaluate, whose figures will be too good; a folder val beside it, --val-dir DIR or --validation-split 0.1 gives a separate validation set',
    ]);
    expect(await evaluated(best('on-test'), 'data')).toContain(`\n${flatters}\n`);
    expect(await evaluated(best('on-test'), 'more')).not.toContain('optimistic');
    await hrmOutput(cwd, 'evaluate', '--weight-dir', best('on-test'), ...words('--data-dir data --out page'));
    expect(JSON.parse(readFileSync(at('page/evaluation.json'), 'utf8')).choseWeights).toEqual({
      found: 6,
      all: 6,
    });
    expect(readFileSync(at('page/evaluation.html'), 'utf8')).toContain('the figures are too optimistic');
  });

  test('on val if it exists; the test images are for the end', async () => {
    const { events } = await training(cwd, start('val', 'three'));
    expect(eventsOf(events, 'start')[0]).toMatchObject({
      images: 14,
      validationImages: 3,
      validationDir: 'three/val',
    });
    expect(eventsOf(events, 'start')[0].testImages).toBeUndefined();
    expect(eventsOf(events, 'note')).toEqual([]);
    expect(eventsOf(events, 'done')[0].testAccuracy).toBeGreaterThanOrEqual(0);
    // Validation changes no step: the last weights are those of the training that is validated on other pictures.
    const [one, other] = [outcome(cwd, 'val'), outcome(cwd, 'on-test')];
    expect(one.tensors).toEqual(other.tensors);
    expect(one.history).not.toEqual(other.history);
    expect(await evaluated(best('val'), 'three')).not.toContain('optimistic');
    expect(readFileSync(at('results/val/report.html'), 'utf8')).toContain('and validated on 3 images');
  });

  test('on the folder of --val-dir', async () => {
    const { events } = await training(cwd, start('val-dir', 'three', '--val-dir', 'more/test'));
    expect(eventsOf(events, 'start')[0]).toMatchObject({ validationImages: 3, validationDir: 'more/test' });
    expect(eventsOf(events, 'note').map(({ message }) => message)).toEqual([
      'three/val is not used: the best weights are chosen on more/test',
    ]);
    expect(await evaluated(best('val-dir'), 'more')).toContain('the 3 images used to choose');
    // Folders are told by where they lie, however they are written.
    const same = await hrm(cwd, ...start('none', 'data', '--val-dir', './data/train/'));
    expect(same.stderr).toBe(
      'error: --val-dir ./data/train/ holds the training images; other images are needed\n',
    );
    const onTest = await training(cwd, start('val-dir-test', 'data', '--val-dir', './data/test'));
    expect(eventsOf(onTest.events, 'start')[0]).toMatchObject({ testImages: 6 });
    const { code, stderr } = await hrm(cwd, ...start('none', 'data', '--val-dir', 'nowhere'));
    expect([code, stderr]).toEqual([1, 'error: nowhere: no such folder\n']);
  });

  test('on a share of the training images, drawn by the seed', async () => {
    const { events } = await training(cwd, start('share', 'data', '--validation-split', '0.25'));
    expect(eventsOf(events, 'start')[0]).toMatchObject({ images: 11, heldOutImages: 3 });
    expect(eventsOf(events, 'note')).toEqual([]);
    await training(cwd, start('again', 'data', '--validation-split', '0.25'));
    expect(outcome(cwd, 'again')).toEqual(outcome(cwd, 'share'));
    expect(await evaluated(best('share'), 'data')).not.toContain('optimistic');
    expect(readFileSync(at('results/share/report.html'), 'utf8')).toContain(
      '11 images of 3 classes and validated on 3',
    );
    const small = await training(cwd, start('small', 'data', ...words('--validation-split 0.01 --epochs 1')));
    expect(eventsOf(small.events, 'start')[0].notValidated).toBe('no image is held out');
  });

  test('evaluate reports nothing for weights that were not chosen', async () => {
    const { events } = await training(cwd, start('last', 'data', ...words('--epochs 4')));
    const { bestEpoch } = eventsOf(events, 'done')[0];
    const text = await evaluated('results/last/last_weights.onnx', 'data');
    expect(text.includes('optimistic')).toBe(bestEpoch === 4);
  });

  test('a full model reports the choice of its half model', async () => {
    const full = words('train full --results-name full --data-dir data --epochs 1 --batch-size 4');
    await hrmOutput(cwd, ...full, '--half-weight-dir', best('on-test'));
    expect(await evaluated(best('full'), 'data')).toContain(flatters);
    renameSync(at('results/on-test'), at('results/gone'));
    await hrmOutput(cwd, ...words('train full --results-name full --resume --epochs 2'));
    renameSync(at('results/gone'), at('results/on-test'));
    expect(await evaluated(best('full'), 'data')).toContain(flatters);
  });
});

describe('a resumed run', () => {
  test.each([['three'], ['data', '--validation-split', '0.25']])(
    'continues after a kill, on %s %s',
    async (dir, ...more) => {
      const name = `killed-${dir}`;
      const args = start(name, dir, ...more, ...words('--checkpoint-minutes 0'));
      await interruptedTraining(cwd, args, 'checkpoint', 'SIGKILL');
      expect(await training(cwd, resume(name))).toMatchObject(ok);
      expect(outcome(cwd, name)).toEqual(outcome(cwd, dir === 'three' ? 'on-val' : 'share'));
    },
  );

  test('names a picture missing from val', async () => {
    cpSync(at('three'), at('less'), { recursive: true });
    await training(cwd, start('less', 'less', ...words('--epochs 1')));
    const [name] = readdirSync(at('less/val/disc'));
    mkdirSync(at('aside'));
    renameSync(at(`less/val/disc/${name}`), at(`aside/${name}`));
    rmSync(at('less/val/disc'), { recursive: true });
    const { code, stderr } = await hrm(cwd, ...resume('less', '--epochs', '2'));
    expect([code, stderr]).toEqual([
      1,
      'error: less has changed since the checkpoint: val/disc is gone. Restore it to resume, or start over with --overwrite\n',
    ]);
  });

  test('rejects other class weights or augmentation', async () => {
    const args = start(
      'weighted',
      'data',
      ...words('--class-weights disc=2 --brightness 0.2 --no-flip --epochs 1'),
    );
    const { events } = await training(cwd, args);
    expect(eventsOf(events, 'note').map(({ message }) => message)).toContain(
      'class weights: disc 2, square 1, triangle 1',
    );
    expect(await training(cwd, resume('weighted', '--class-weights', '{"disc":2}'))).toMatchObject(ok);
    const { stderr } = await hrm(
      cwd,
      ...resume('weighted', ...words('--class-weights disc=3 --brightness 0.1')),
    );
    expect(stderr).toContain('--brightness is 0.2 in the checkpoint, 0.1 on the command line; ');
    expect(stderr).toContain(
      '--class-weights is {"disc":2,"square":1,"triangle":1} in the checkpoint, {"disc":3,"square":1,"triangle":1} on the command line. Leave these options out',
    );
  });
});

describe('early stopping', () => {
  const never = words('--optimizer sgd --learning-rate 0 --schedule constant --early-stopping 2 --epochs 9');

  test('ends after a number of epochs without a new best, says why, and is finished', async () => {
    // With moving statistics alone nothing gets better for long.
    const text = await hrmOutput(cwd, ...start('early', 'data', ...never));
    const [, epochs, bestEpoch] =
      /\nstopped early after (\d) epochs: no improvement since epoch (\d) \(--early-stopping 2\)\n/.exec(
        text,
      ) ?? [];
    expect(Number(epochs)).toBe(Number(bestEpoch) + 2);
    expect(await hrmOutput(cwd, ...resume('early'))).toMatch(
      /^nothing to do: the training stopped early after \d epochs: no improvement since epoch \d \(--early-stopping 2\); a larger number continues it; the best weights/,
    );
    expect((await hrm(cwd, ...start('early', 'data'))).stderr).toContain(
      'results/early holds a finished run',
    );
    // A larger one goes on, as if it had been so from the beginning.
    expect(await training(cwd, resume('early', '--early-stopping', '9'))).toMatchObject(ok);
    const whole = start('whole', 'data', ...never, '--early-stopping', '9');
    expect(await training(cwd, whole)).toMatchObject(ok);
    expect(outcome(cwd, 'early')).toMatchObject({ tensors: outcome(cwd, 'whole').tensors });
  });

  test('ends at the same epoch after a kill', async () => {
    const args = start('early-killed', 'data', ...never, ...words('--checkpoint-minutes 0'));
    await interruptedTraining(cwd, args, 'epoch', 'SIGKILL');
    const { events } = await training(cwd, resume('early-killed'));
    const again = await training(cwd, start('early-whole', 'data', ...never));
    const ends = (of: typeof events) => {
      const [{ epochs, bestEpoch, stoppedAfter }] = eventsOf(of, 'done');
      return { epochs, bestEpoch, stoppedAfter };
    };
    expect(ends(events)).toEqual(ends(again.events));
    expect(ends(events).stoppedAfter).toBe(2);
  });
});
