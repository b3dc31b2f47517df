/** Runs a training: connects the loop with the images, the run's folder and the display. */
import { setImmediate } from 'node:timers/promises';
import { batchCount } from '../../data/batches/batches.ts';
import type { ImageFolder } from '../../data/dataset/image-folder.ts';
import { createSession } from '../../runtime/node.ts';
import { type Crew, RankError } from '../../train/crew.ts';
import { type TrainResult, train } from '../../train/loop.ts';
import type { Progress } from '../../train/progress.ts';
import { folderLines } from '../left-out-text.ts';
import { firstNote } from '../picture-notes.ts';
import type { DoneEvent, Emit, StartEvent } from './events.ts';
import { FolderImages } from './folder-images.ts';
import type { RunImages } from './images.ts';
import { RunKeeper } from './keeper.ts';
import type { RunParts } from './parts.ts';
import type { Plan } from './plan.ts';
import { type EndedRun, writeReport } from './report.ts';
import { files, type RunFolder } from './run-folder.ts';
import { scheduleOf } from './run-options.ts';
import { RunSamples } from './samples.ts';
import { imagesIn, isFolder, type Split } from './split.ts';
import { exitCodes, type StopSignals } from './stop-signals.ts';
import { isDone, standing } from './stored-run.ts';
import { StreamImages } from './stream-images.ts';
import type { StreamSplit } from './stream-split.ts';
import { timeLeft } from './time-left.ts';

export interface RunCall {
  /** The command that resumes the run. */
  readonly resume: string;
  readonly stop: StopSignals;
  /** The ranks that train together. Only rank 0 writes files. Default: this process trains alone. */
  readonly crew?: Crew;
}

/**
 * Trains until all epochs are done, or until a signal stops it.
 * @returns the exit code: 0, or that of the signal
 */
export async function run(
  planned: Plan,
  folder: RunFolder,
  { resume, stop, crew }: RunCall,
  emit: Emit,
): Promise<number> {
  const began = performance.now();
  const plan = await withBest(planned, folder, emit);
  const leads = crew === undefined || crew.leads;
  const { imSize: size, channels, valueRange } = plan.options;
  const skipped = (file: string, reason: string): void => emit({ event: 'skipped', file, reason });
  const noted = firstNote((message) => emit({ event: 'warning', message }));
  const images = openImages(plan, { skipped, noted, signal: stop.signal, crew });
  const parts: RunParts = {
    plan,
    folder,
    images,
    trainee: plan.trainee(images),
    samples: new RunSamples(plan.test ?? plan.train, { size, channels, valueRange, crop: plan.crop }),
  };
  if (leads) await folder.tidy();
  const { stored } = plan;
  const secondsHere = (): number => (performance.now() - began) / 1000;
  if (stored && isDone(stored.progress, plan.options)) {
    // Only the report may be missing, when the process ended while it was written.
    if (leads && !(await folder.present()).includes(files.report)) {
      stop.release(); // nothing is left to save: a signal may end the process
      await report({ ...parts, progress: stored.progress, seconds: stored.seconds }, emit);
    }
    await crew?.agree();
    return done(parts, stored.progress, { seconds: secondsHere(), nothingToDo: true }, emit);
  }
  const keeper = leads ? await RunKeeper.open(parts, emit) : undefined;
  try {
    announce(parts, emit);
    const { progress, stopped } = (await prepared(parts, stop.signal, emit, skipped))
      ? await trainRun(parts, keeper, stop.signal, emit)
      : { progress: stored?.progress, stopped: true };
    if (progress && !stopped) {
      stop.release(); // all is saved: a signal may end the process
      const testAccuracy = keeper && (await report({ ...parts, progress, seconds: keeper.seconds }, emit));
      await crew?.agree();
      const seconds = secondsHere();
      return done(parts, progress, { seconds, testAccuracy, nothingToDo: false }, emit);
    }
    const signal: NodeJS.Signals = stop.signal.reason;
    const checkpoint = keeper?.lastGood && folder.path(files.checkpoint);
    const at = progress ? standing(progress) : { epoch: 1, step: 0 };
    emit({ event: 'interrupted', signal, ...at, checkpoint, resume: checkpoint && resume });
    return exitCodes[signal] ?? 1;
  } catch (error) {
    const told = crew ? await crew.failed(error) : (error as Error);
    throw keeper?.lastGood ? withPlace(told, keeper.lastGood) : told;
  } finally {
    await parts.trainee.release();
    images.release();
  }
}

interface ImageCalls {
  readonly skipped: (file: string, reason: string) => void;
  readonly noted: (file: string, note: string) => void;
  readonly signal: AbortSignal;
  readonly crew?: Crew;
}

function openImages(
  { train, validation, test, ...plan }: Plan,
  { skipped, noted, signal, crew }: ImageCalls,
): RunImages {
  if (!isFolder(train)) {
    const streams = { ...plan, train, validation: validation as StreamSplit | undefined };
    return new StreamImages(streams, skipped, noted, signal, crew);
  }
  const folders = { ...plan, train, validation: validation as ImageFolder | undefined, test };
  return new FolderImages(folders, skipped, noted, signal, crew);
}

/** Adds the position of the checkpoint to an error. */
function withPlace(error: Error, lastGood: string): Error {
  const message = `${error.message}; ${lastGood}`;
  return error instanceof RankError
    ? new RankError(error.rank, message)
    : new Error(message, { cause: error });
}

/**
 * Prepares everything before the first step.
 * @returns false when the signal has arrived
 */
async function prepared(
  { images, trainee }: RunParts,
  signal: AbortSignal,
  emit: Emit,
  skipped: (file: string, reason: string) => void,
): Promise<boolean> {
  try {
    // Unreadable test images are reported now, not after the first epoch.
    if (images.crew?.leads !== false) for await (const _ of images.test(1)) break;
    if (!(await images.check(skipped, signal))) return false;
    return await trainee.prepare(emit, signal);
  } catch (error) {
    if (signal.aborted && error === signal.reason) return false;
    throw error;
  }
}

async function trainRun(
  parts: RunParts,
  keeper: RunKeeper | undefined,
  signal: AbortSignal,
  emit: Emit,
): Promise<TrainResult> {
  const { plan, folder, images, trainee } = parts;
  const { options, stored } = plan;
  const { epochs } = options;
  const { goal, freshStatistics, validate } = trainee;
  const stepsPerEpoch = stepsOf(parts);
  const left = timeLeft(epochs, stepsPerEpoch);
  let started = false;
  return train({
    step: trainee.step(),
    createSession,
    unchecked: options.uncheckedGpu,
    epochs,
    patience: options.earlyStopping,
    goal,
    stepsPerEpoch,
    schedule: scheduleOf(options),
    freshStatistics,
    from: stored,
    batches: (epoch, position, place) => trainee.batches(epoch, position, place),
    validate:
      validate &&
      ((weights, epoch) => {
        const told = (done: number): void =>
          emit({ event: 'validating', epoch, done, images: images.validated });
        told(0);
        return validate(weights, told, signal);
      }),
    onStep: async (report) => {
      // The previous run is removed only when this one is known to work.
      if (!started && keeper) await (stored ? folder.remove(files.report) : folder.clear());
      started = true;
      const secondsLeft = left.step(report.epoch, report.step);
      emit({ event: 'step', ...report, steps: stepsPerEpoch, secondsLeft });
      await setImmediate(); // signals are handled between steps
    },
    onEpoch: keeper && ((end) => keeper.epoch(end)),
    save: keeper && ((checkpoint, reason) => keeper.save(checkpoint, reason)),
    saveEvery: 60 * options.checkpointMinutes,
    signal,
    crew: images.crew,
  });
}

/**
 * Writes the report. A failure is only noted.
 * @returns the accuracy on the test images, when these did not choose the epoch
 */
async function report(ended: EndedRun, emit: Emit): Promise<number | undefined> {
  const { validation, test } = ended.plan;
  try {
    const evaluation = await writeReport(ended, emit);
    return validation === test ? undefined : evaluation?.accuracy;
  } catch (error) {
    emit({ event: 'warning', message: `the report could not be written: ${(error as Error).message}` });
    return undefined;
  }
}

async function done(
  { plan, folder, images }: RunParts,
  progress: Progress,
  figures: Pick<DoneEvent, 'seconds' | 'testAccuracy' | 'nothingToDo'>,
  emit: Emit,
): Promise<number> {
  const skipped = images.unreadable.length;
  const present = await folder.present();
  emit({
    event: 'done',
    epochs: progress.history.length,
    ...figures,
    bestEpoch: progress.best?.epoch ?? 0,
    stoppedAfter: progress.epoch > plan.options.epochs ? undefined : plan.options.earlyStopping,
    bestWeights: folder.path(files.best),
    report: present.includes(files.report) ? folder.path(files.report) : undefined,
    skipped,
    skippedList: skipped > 0 ? folder.path(files.unreadable) : undefined,
  });
  return 0;
}

/** If the best weights are gone, the next epoch counts as the best. */
async function withBest(plan: Plan, folder: RunFolder, emit: Emit): Promise<Plan> {
  const { stored } = plan;
  const best = stored?.progress.best;
  if (!stored || !best || isDone(stored.progress, plan.options)) return plan;
  if ((await folder.present()).includes(files.best)) return plan;
  const message = `${folder.path(files.best)} of epoch ${best.epoch} is missing; the best weights from now on are kept`;
  emit({ event: 'warning', message });
  return { ...plan, stored: { ...stored, progress: { ...stored.progress, best: undefined } } };
}

function stepsOf({ plan, images }: RunParts): number {
  return batchCount(imagesIn(plan.train), images.batchSize, true);
}

/** The first split of each folder. */
function oneOfEach(splits: readonly (Split | undefined)[]): Split[] {
  const byFolder = new Map(splits.flatMap((split) => (split ? [[split.dir, split] as const] : [])));
  return [...byFolder.values()];
}

/** Which images choose the best epoch. */
function validationFacts({ options, validation, train, test }: Plan): Partial<StartEvent> {
  const images = validation && imagesIn(validation);
  if (validation && validation === test) return { testImages: images };
  if (validation?.dir === train.dir) return { heldOutImages: images, heldOutOf: train.dir };
  if (validation) return { validationImages: images, validationDir: validation.dir };
  if (options.type === 'full') return {};
  const { validationSplit, dataDir } = options;
  return {
    notValidated: validationSplit === undefined ? `${dataDir} has no folder test` : 'no image is held out',
  };
}

function announce(parts: RunParts, emit: Emit): void {
  const { plan, images, folder } = parts;
  const { options, train, stored } = plan;
  const { batchSize } = images;
  const { backbone, type, dataDir, imSize, epochs, optimizer, schedule, device } = options;
  emit({
    event: 'start',
    type,
    dataDir,
    images: imagesIn(train),
    ...validationFacts(plan),
    backbone,
    classes: options.teach === 'predicted' ? undefined : train.classes.length,
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
  for (const split of oneOfEach([train, plan.validation, plan.test])) {
    const { warnings, notes } = isFolder(split) ? folderLines(split) : { ...split, notes: [] };
    for (const message of warnings) emit({ event: 'warning', message });
    for (const message of notes) emit({ event: 'note', message });
  }
  for (const message of plan.notes) emit({ event: 'note', message });
  if (batchSize < options.batchSize) {
    const message = `batch size ${batchSize} instead of ${options.batchSize}: there are too few training images${images.crew ? ' for the ranks to share' : ''}`;
    emit({ event: 'warning', message });
  }
}
