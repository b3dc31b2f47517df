/** A run: the loop connected to the images, to the run's folder and to whoever shows it. */
import { setImmediate } from 'node:timers/promises';
import { batchCount } from '../../data/batches/batches.ts';
import { type Classified, classify } from '../../explain/classify.ts';
import type { Model } from '../../models/model.ts';
import { encodeModel } from '../../models/model-file.ts';
import { createSession } from '../../runtime/node.ts';
import { type TrainResult, train } from '../../train/loop.ts';
import type { Progress } from '../../train/progress.ts';
import { fullStep, halfStep, type TrainingStep } from '../../train/step.ts';
import type { Emit } from './events.ts';
import { RunImages } from './images.ts';
import { RunKeeper } from './keeper.ts';
import type { RunParts } from './parts.ts';
import type { Plan } from './plan.ts';
import { type EndedRun, writeReport } from './report.ts';
import { files, type RunFolder } from './run-folder.ts';
import { optimizerOf, type RunOptions, scheduleOf } from './run-options.ts';
import { RunSamples } from './samples.ts';
import { softLabels } from './soft-labels.ts';
import { exitCodes, stopSignals } from './stop-signals.ts';
import { standing } from './stored-run.ts';
import { timeLeft } from './time-left.ts';
import { withModel } from './with-model.ts';

/**
 * Trains until all epochs are done, or until a signal stops it.
 * @param resume the command that goes on with the run
 * @returns the exit code: 0, or that of the signal
 */
export async function run(planned: Plan, folder: RunFolder, resume: string, emit: Emit): Promise<number> {
  const began = performance.now();
  const plan = await withBest(planned, folder, emit);
  const { imSize: size, channels } = plan.options;
  const parts: RunParts = {
    plan,
    folder,
    images: new RunImages(plan, (file, reason) => emit({ event: 'skipped', file, reason })),
    samples: new RunSamples(plan.test ?? plan.train, { size, channels }),
  };
  await folder.tidy();
  const { stored } = plan;
  const secondsHere = (): number => (performance.now() - began) / 1000;
  if (stored && stored.progress.epoch > plan.options.epochs) {
    // Nothing but the report may be missing, when the process ended while writing it.
    if (!(await folder.present()).includes(files.report)) {
      await report({ ...parts, progress: stored.progress, seconds: stored.seconds }, emit);
    }
    return done(parts, stored.progress, secondsHere(), true, emit);
  }
  const keeper = await RunKeeper.open(parts, emit);
  const stop = stopSignals((signal) => emit({ event: 'stopping', signal }));
  try {
    announce(parts, emit);
    // Test images that cannot be read at all are known now, not after the first epoch.
    for await (const _ of parts.images.test(1)) break;
    const taught = await teach(parts, stop.signal, emit);
    const { progress, stopped } = taught
      ? await trainRun(parts, keeper, stop.signal, emit)
      : { progress: stored?.progress, stopped: true };
    if (progress && !stopped) {
      stop.release(); // all is saved: a signal may end the process
      await report({ ...parts, progress, seconds: keeper.seconds }, emit);
      return done(parts, progress, secondsHere(), false, emit);
    }
    const signal: NodeJS.Signals = stop.signal.reason;
    const checkpoint = keeper.lastGood && folder.path(files.checkpoint);
    const at = progress ? standing(progress) : { epoch: 1, step: 0 };
    emit({ event: 'interrupted', signal, ...at, checkpoint, resume: checkpoint && resume });
    return exitCodes[signal] ?? 1;
  } catch (error) {
    const { message } = error as Error;
    throw keeper.lastGood ? new Error(`${message}; ${keeper.lastGood}`, { cause: error }) : error;
  } finally {
    stop.release();
  }
}

/** Makes the soft labels that a tied expansion is taught by. @returns false when stopped */
async function teach({ plan, images }: RunParts, signal: AbortSignal, emit: Emit): Promise<boolean> {
  const { options, model, train } = plan;
  const { expansion = 'reconstruction' } = options; // a checkpoint of before there were others names none
  if (options.type === 'half' || expansion === 'reconstruction') return true;
  const told = (done: number): void => emit({ event: 'teaching', done, images: train.samples.length });
  told(0);
  const labels = await softLabels(
    { model, images, size: options.imSize / 2, device: options.device },
    told,
    signal,
  );
  if (labels) images.teach(labels);
  return labels !== undefined;
}

async function trainRun(
  parts: RunParts,
  keeper: RunKeeper,
  signal: AbortSignal,
  emit: Emit,
): Promise<TrainResult> {
  const { plan, folder, images } = parts;
  const { options, model, stored, test } = plan;
  const { epochs, device, type } = options;
  const { batchSize } = images;
  const stepsPerEpoch = stepsOf(parts);

  const validate = (trained: Model, epoch: number): Promise<{ loss: number; accuracy: number }> => {
    const onBatch = (count: number): void =>
      emit({ event: 'validating', epoch, done: count, images: test?.samples.length ?? 0 });
    onBatch(0);
    return withModel(encodeModel(trained), type, device, async (loaded) =>
      meanFigures(await classify(loaded, until(signal, images.test()), onBatch)),
    );
  };
  const left = timeLeft(epochs, stepsPerEpoch);
  let started = false;
  return train({
    step: stepOf(options, model, batchSize),
    createSession,
    device,
    epochs,
    stepsPerEpoch,
    schedule: scheduleOf(options),
    freshStatistics: type === 'full' || options.halfWeightDir === undefined,
    from: stored,
    batches: (epoch, position) => images.training(epoch, position),
    validate: test && validate,
    onStep: async (report) => {
      // What was there gives way once this run is known to work.
      if (!started) await (stored ? folder.remove(files.report) : folder.clear());
      started = true;
      const secondsLeft = left.step(report.epoch, report.step);
      emit({ event: 'step', ...report, steps: stepsPerEpoch, secondsLeft });
      await setImmediate(); // signals are heard between steps
    },
    onEpoch: (end) => keeper.epoch(end),
    save: (checkpoint, reason) => keeper.save(checkpoint, reason),
    saveEvery: 60 * options.checkpointMinutes,
    signal,
  });
}

function stepOf(options: RunOptions, model: Model, batchSize: number): TrainingStep {
  const { type, labelSmoothing } = options;
  const optimizer = optimizerOf(options);
  return type === 'half'
    ? halfStep(model, { batchSize, optimizer, labelSmoothing })
    : fullStep(model, { batchSize, optimizer });
}

/** Mean loss and share of images predicted right. */
function meanFigures({ labels, predictions, loss }: Classified): { loss: number; accuracy: number } {
  return { loss, accuracy: labels.filter((label, i) => label === predictions[i]).length / labels.length };
}

/** Without its report a run is as good. */
async function report(ended: EndedRun, emit: Emit): Promise<void> {
  try {
    await writeReport(ended, emit);
  } catch (error) {
    emit({ event: 'warning', message: `no report: ${(error as Error).message}` });
  }
}

async function done(
  { folder, images }: RunParts,
  progress: Progress,
  seconds: number,
  nothingToDo: boolean,
  emit: Emit,
): Promise<number> {
  const skipped = images.unreadable.length;
  const present = await folder.present();
  emit({
    event: 'done',
    epochs: progress.history.length,
    seconds,
    bestEpoch: progress.best?.epoch ?? 0,
    bestWeights: folder.path(files.best),
    report: present.includes(files.report) ? folder.path(files.report) : undefined,
    skipped,
    skippedList: skipped > 0 ? folder.path(files.unreadable) : undefined,
    nothingToDo,
  });
  return 0;
}

/** Where the best weights are gone, the next epoch is the best. */
async function withBest(plan: Plan, folder: RunFolder, emit: Emit): Promise<Plan> {
  const { stored } = plan;
  const best = stored?.progress.best;
  if (!stored || !best || stored.progress.epoch > plan.options.epochs) return plan;
  if ((await folder.present()).includes(files.best)) return plan;
  const message = `${folder.path(files.best)}, of epoch ${best.epoch}, is gone; the best from now on is kept`;
  emit({ event: 'warning', message });
  return { ...plan, stored: { ...stored, progress: { ...stored.progress, best: undefined } } };
}

function stepsOf({ plan, images }: RunParts): number {
  return batchCount(plan.train.samples.length, images.batchSize, true);
}

function announce(parts: RunParts, emit: Emit): void {
  const { plan, images, folder } = parts;
  const { options, train, test, stored } = plan;
  const { batchSize } = images;
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
    stepsPerEpoch: stepsOf(parts),
    optimizer,
    schedule,
    device,
    results: folder.results,
    resumedFrom: stored && standing(stored.progress),
  });
  if (batchSize < options.batchSize) {
    const message = `batch size ${batchSize} instead of ${options.batchSize}: there are no more training images`;
    emit({ event: 'warning', message });
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
