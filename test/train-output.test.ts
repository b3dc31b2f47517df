/** What is printed of a training: at a terminal, without one, and as JSON lines. */
import { describe, expect, test } from 'vitest';
import type { StepEvent, TrainEvent } from '../src/cli/training/events.ts';
import { jsonLines } from '../src/cli/training/json-lines.ts';
import { barLine, terminal } from '../src/cli/training/terminal.ts';
import { timeLeft } from '../src/cli/training/time-left.ts';

const start: TrainEvent = {
  event: 'start',
  type: 'half',
  dataDir: 'data',
  images: 1200,
  testImages: 1,
  classes: 3,
  imSize: 224,
  batchSize: 16,
  epochs: 12,
  stepsPerEpoch: 75,
  optimizer: 'adadelta',
  schedule: 'plateau',
  device: 'cpu',
  results: 'results/a',
};
const step = (number: number, more: Partial<StepEvent> = {}): StepEvent => ({
  event: 'step',
  epoch: 3,
  step: number,
  steps: 75,
  loss: 1.23456,
  accuracy: 0.4518,
  learningRate: 1,
  imagesPerSecond: 120.26,
  dataWait: 0.034,
  secondsLeft: 130,
  ...more,
});

/** A terminal that is none, with a clock of its own; what it prints, and the notes beside. */
function plain() {
  const printed: string[] = [];
  const notes: string[] = [];
  const clock = { seconds: 0 };
  const { emit } = terminal({
    print: (line) => printed.push(line),
    note: (line) => notes.push(line),
    stream: { isTTY: false } as NodeJS.WriteStream,
    now: () => 1000 * clock.seconds,
  });
  return { printed, notes, clock, emit };
}

describe('without a terminal', () => {
  test('prints a line for the start and each epoch, with all measured figures', () => {
    const { printed, notes, emit } = plain();
    emit({ ...start, resumedFrom: { epoch: 2, step: 40 } });
    const record = { epoch: 3, loss: 1.5, learningRate: 1, seconds: 75, imagesPerSecond: 20, dataWait: 0.25 };
    emit({ event: 'epoch', ...record, accuracy: 0.5, valLoss: 2, valAccuracy: 0.4, best: true });
    emit({ event: 'epoch', ...record, epoch: 12, best: false });
    expect(printed).toEqual([
      'train half: 1200 images of 3 classes, validated on 1; 224 x 224, batch 16, 12 epochs, device cpu',
      'resumed after epoch 2, step 40',
      'epoch  3/12  loss 1.5000, accuracy 50.0 %  validation: loss 2.0000, accuracy 40.0 %  1 min 15 s, 20.0 images/s, data 25 %  (best)',
      'epoch 12/12  loss 1.5000  1 min 15 s, 20.0 images/s, data 25 %',
    ]);
    expect(notes).toEqual([]);
  });

  test('prints a line every half minute in a long epoch, also in validation', () => {
    const { notes, clock, emit } = plain();
    emit(start);
    for (let s = 1; s <= 75; s++) {
      clock.seconds = s;
      emit(step(s));
    }
    clock.seconds = 100;
    emit({ event: 'validating', epoch: 3, done: 32, images: 500 });
    expect(notes).toEqual([
      'epoch 3/12  30/75  loss 1.235  acc 45 %  data 3 %  120 img/s  2 min left',
      'epoch 3/12  60/75  loss 1.235  acc 45 %  data 3 %  120 img/s  2 min left',
      'epoch 3/12 validating  32/500',
    ]);
  });

  test('the last lines', () => {
    const { printed, notes, emit } = plain();
    const done = {
      event: 'done',
      epochs: 12,
      seconds: 3725,
      bestEpoch: 7,
      bestWeights: 'b.onnx',
      skipped: 0,
      nothingToDo: false,
    } as const;
    emit(done);
    emit({ ...done, report: 'r.html', skipped: 1, skippedList: 'results/a/unreadable.txt' });
    emit({ ...done, nothingToDo: true });
    emit({ event: 'stopping', signal: 'SIGINT' });
    const stopped = {
      event: 'interrupted',
      signal: 'SIGINT',
      checkpoint: 'c.ckpt',
      resume: 'hrm x',
    } as const;
    emit({ ...stopped, epoch: 1, step: 0 });
    emit({ ...stopped, epoch: 4, step: 0 });
    emit({ event: 'warning', message: 'no space left' });
    emit({ event: 'skipped', file: 'a.jpg', reason: 'the file is empty' });
    expect(printed).toEqual([
      'done in 1 h 2 min; the best weights, of epoch 7: b.onnx',
      '1 unreadable image skipped; see results/a/unreadable.txt',
      'done in 1 h 2 min; the best weights, of epoch 7: b.onnx',
      'the report, for a browser: r.html',
      'nothing to do: all 12 epochs are done (a larger --epochs continues); the best weights, of epoch 7: b.onnx',
      'interrupted before the first step; the checkpoint: c.ckpt',
      'to resume: hrm x',
      'interrupted after epoch 3; the checkpoint: c.ckpt',
      'to resume: hrm x',
    ]);
    expect(notes).toEqual([
      'SIGINT: stopping after the current step, once a checkpoint is saved; a second signal stops at once',
      'warning: no space left',
      'skipped a.jpg: the file is empty',
    ]);
  });
});

describe('the bar', () => {
  const figures = ['loss 1.234', 'acc 45 %', 'data 3 %', '120 img/s', '2 h 10 min left'];

  test('fills the space left by the figures, up to 24 columns', () => {
    expect(barLine('epoch 3/12', 150, 300, figures, 120)).toBe(
      'epoch 3/12 ████████████░░░░░░░░░░░░ 150/300  loss 1.234  acc 45 %  data 3 %  120 img/s  2 h 10 min left',
    );
    expect(barLine('epoch 3/12', 9, 300, figures, 90)).toBe(
      'epoch 3/12 ░░░░░░░░   9/300  loss 1.234  acc 45 %  data 3 %  120 img/s  2 h 10 min left',
    );
  });

  test('is never longer than the line; the time left is dropped last', () => {
    for (let columns = 20; columns < 140; columns++) {
      const line = barLine('epoch 3/12', 1, 300, figures, columns);
      expect(line.length, `${columns}`).toBeLessThanOrEqual(columns);
      if (columns >= 35) expect(line).toContain('2 h 10 min left');
    }
    expect(barLine('epoch 3/12', 1, 300, figures, 60)).toBe(
      'epoch 3/12   1/300  loss 1.234  acc 45 %  2 h 10 min left',
    );
  });
});

test('JSON lines: every event, but steps at most once a second', () => {
  const lines: string[] = [];
  let now = 0;
  const emit = jsonLines(
    (line) => lines.push(line),
    () => now,
  );
  emit(start);
  for (now = 0; now <= 2500; now += 250) emit(step(now / 250 + 1));
  const skipped: TrainEvent = { event: 'skipped', file: 'a "b".jpg', reason: 'line\nbreak' };
  emit(skipped);
  emit(skipped);
  expect(lines.every((line) => line.endsWith('\n') && line.indexOf('\n') === line.length - 1)).toBe(true);
  const events = lines.map((line) => JSON.parse(line));
  expect(events[0]).toEqual(start);
  expect(events.filter(({ event }) => event === 'step').map((event) => event.step)).toEqual([1, 5, 9]);
  expect(events.slice(-2)).toEqual([skipped, skipped]);
  expect(lines[1]).toMatch(/^\{"event":"step",/);
});

test('time left: steps and ends of epochs are timed separately', () => {
  let now = 0;
  const left = timeLeft(3, 4, () => 1000 * now);
  // A first step of 60 s, then 2 s a step, and 10 s between epochs.
  now = 60;
  expect(left.step(1, 1)).toBeUndefined();
  now += 2;
  expect(left.step(1, 2)).toBe(2 * 10);
  now += 2;
  left.step(1, 3);
  now += 2;
  left.step(1, 4);
  now += 10 + 2;
  // 7 steps of 2 s, and the ends of epochs 2 and 3.
  expect(left.step(2, 1)).toBe(7 * 2 + 2 * 10);
});
