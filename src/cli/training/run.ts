/** A run: the loop connected to the images, to the run's folder and to whoever shows it. */
import { setImmediate } from 'node:timers/promises';
import { type Batch, batchCount } from '../../data/batches.ts';
import { classify } from '../../explain/classify.ts';
import { HalfModel } from '../../explain/half-model.ts';
import type { Model } from '../../models/model.ts';
import { encodeModel } from '../../models/model-file.ts';
import { createSession } from '../../runtime/node.ts';
import type { Device } from '../../runtime/session.ts';
import { train } from '../../train/loop.ts';
import type { Progress } from '../../train/progress.ts';
import { fullStep, halfStep } from '../../train/step.ts';
import type { Emit } from './events.ts';
import { RunImages } from './images.ts';
import { RunKeeper } from './keeper.ts';
import type { Plan } from './plan.ts';
import { files, type RunFolder } from './run-folder.ts';
import { optimizerOf, scheduleOf } from './run-options.ts';
import { exitCodes, stopSignals } from './stop-signals.ts';
import { type StoredRun, standing } from './stored-run.ts';
import { timeLeft } from './time-left.ts';

/**
 * Trains until all epochs are done, or until a signal stops it.
 * @param resume the command that goes on with the run
 * @returns the exit code: 0, or that of the signal
 */
export async function run(plan: Plan, folder: RunFolder, resume: string, emit: Emit): Promise<number> {
  const began = performance.now();
  const { options, model } = plan;
  const { epochs, device } = options;
  const stored = plan.stored && (await withBest(plan.stored, folder, emit));
  const images = new RunImages(plan, (file, reason) => emit({ event: 'skipped', file, reason }));
  const done = (progress: Progress, nothingToDo: boolean): number => {
    const skipped = images.unreadable.length;
    emit({
      event: 'done',
      epochs: progress.history.length,
      seconds: (performance.now() - began) / 1000,
      bestEpoch: progress.best?.epoch ?? 0,
      bestWeights: folder.path(files.best),
      skipped,
      skippedList: skipped > 0 ? folder.path(files.unreadable) : undefined,
      nothingToDo,
    });
    return 0;
  };
  if (stored && stored.progress.epoch > epochs) return done(stored.progress, true);

  const keeper = await RunKeeper.open(plan, folder, images, emit);
  const { batchSize } = images;
  const stepsPerEpoch = batchCount(plan.train.samples.length, batchSize, true);
  announce(plan, images, stepsPerEpoch, folder.results, emit);
  // Test images that cannot be read at all are known now, not after the first epoch.
  for await (const _ of images.test(1)) break;

  const left = timeLeft(epochs, stepsPerEpoch);
  const stop = stopSignals((signal) => emit({ event: 'stopping', signal }));
  let started = stored !== undefined;
  try {
    const validate = (trained: Model, epoch: number): Promise<{ loss: number; accuracy: number }> => {
      const onBatch = (count: number): void =>
        emit({ event: 'validating', epoch, done: count, images: plan.test?.samples.length ?? 0 });
      onBatch(0);
      return validation(trained, until(stop.signal, images.test()), device, onBatch);
    };
    const { progress, stopped } = await train({
      step:
        options.type === 'half'
          ? halfStep(model, {
              batchSize,
              optimizer: optimizerOf(options),
              labelSmoothing: options.labelSmoothing,
            })
          : fullStep(model, { batchSize, optimizer: optimizerOf(options) }),
      createSession,
      device,
      epochs,
      stepsPerEpoch,
      schedule: scheduleOf(options),
      freshStatistics: options.type === 'full' || options.halfWeightDir === undefined,
      from: stored,
      batches: (epoch, position) => images.training(epoch, position),
      validate: plan.test && validate,
      onStep: async (report) => {
        // An earlier run gives way once this one is known to work.
        if (!started) await folder.clear();
        started = true;
        const { epoch, step } = report;
        emit({ event: 'step', ...report, steps: stepsPerEpoch, secondsLeft: left.step(epoch, step) });
        await setImmediate(); // signals are heard between steps
      },
      onEpoch: (end) => keeper.epoch(end),
      save: (checkpoint, reason) => keeper.save(checkpoint, reason),
      saveEvery: 60 * options.checkpointMinutes,
      signal: stop.signal,
    });
    if (!stopped) return done(progress, false);
    const signal: NodeJS.Signals = stop.signal.reason;
    const checkpoint = folder.path(files.checkpoint);
    emit({ event: 'interrupted', signal, ...standing(progress), checkpoint, resume });
    return exitCodes[signal] ?? 1;
  } catch (error) {
    const { message } = error as Error;
    throw keeper.lastGood ? new Error(`${message}; ${keeper.lastGood}`, { cause: error }) : error;
  } finally {
    stop.release();
  }
}

/** Where the best weights are gone, the next epoch is the best. */
async function withBest(stored: StoredRun, folder: RunFolder, emit: Emit): Promise<StoredRun> {
  const { progress } = stored;
  if (progress.best === undefined || (await folder.present()).includes(files.best)) return stored;
  const message = `${folder.path(files.best)}, of epoch ${progress.best.epoch}, is gone; the best from now on is kept`;
  emit({ event: 'warning', message });
  return { ...stored, progress: { ...progress, best: undefined } };
}

function announce(
  { options, train, test, stored }: Plan,
  { batchSize }: RunImages,
  stepsPerEpoch: number,
  results: string,
  emit: Emit,
): void {
  const { type, dataDir, imSize, epochs, optimizer, schedule, device } = options;
  emit({
    event: 'start',
    type,
    dataDir,
    images: train.samples.length,
    testImages: test?.samples.length,
    classes: train.classes.length,
    imSize,
    batchSize,
    epochs,
    stepsPerEpoch,
    optimizer,
    schedule,
    device,
    results,
    resumedFrom: stored && standing(stored.progress),
  });
  if (batchSize < options.batchSize) {
    const message = `batch size ${batchSize} instead of ${options.batchSize}: there are no more training images`;
    emit({ event: 'warning', message });
  }
}

/** Mean loss and share of images predicted right. */
async function validation(
  model: Model,
  images: AsyncIterable<Batch>,
  device: Device,
  onBatch: (done: number) => void,
): Promise<{ loss: number; accuracy: number }> {
  const half = await HalfModel.load(encodeModel(model), createSession, { device });
  try {
    const { labels, predictions, loss } = await classify(half, images, onBatch);
    return { loss, accuracy: labels.filter((label, i) => label === predictions[i]).length / labels.length };
  } finally {
    await half.release();
  }
}

/** The same values, until the signal comes: then its reason is thrown. */
async function* until<T>(signal: AbortSignal, source: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  for await (const value of source) {
    await setImmediate();
    signal.throwIfAborted();
    yield value;
  }
}
