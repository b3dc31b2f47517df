/** What a run is to do: its options settled, its data opened and compared, its model read, before anything is written. */
import { type Dataset, type ImageFolder, openDataset } from '../../data/dataset/image-folder.ts';
import type { ModelType } from '../../models/model.ts';
import { count } from '../../text/count.ts';
import { isOver } from '../../train/loop.ts';
import { changes, type Fingerprint, fingerprint } from './fingerprint.ts';
import type { RunImages } from './images.ts';
import { readHalf, startModel } from './model-files.ts';
import { networkTrainee } from './network-trainee.ts';
import { files, type RunFolder } from './run-folder.ts';
import { type GivenOptions, type RunOptions, settle, settleResumed } from './run-options.ts';
import { decodeRun, type StoredRun, standing } from './stored-run.ts';
import { place } from './terminal.ts';
import type { Trainee } from './trainee.ts';

export interface RunRequest {
  readonly type: ModelType;
  /** Goes on from the checkpoint, if there is one. */
  readonly resume: boolean;
  /** Replaces an earlier run. */
  readonly overwrite: boolean;
  /** On the command line. */
  readonly given: GivenOptions;
  /** In the environment and the project file: for a new run what is given goes before, for one that goes on its checkpoint too. */
  readonly preset: GivenOptions;
  /** Told of an option that a new run needs. */
  readonly missing: (option: 'data-dir <dir>' | 'half-weight-dir <file>') => never;
}

export interface Plan {
  readonly options: RunOptions;
  readonly train: ImageFolder;
  /** What the best epoch is chosen on; absent: no validation. */
  readonly validation?: ImageFolder;
  /** What the best weights are judged on in the end; absent: there is none. */
  readonly test?: ImageFolder;
  /** Of each picture the square in its middle, of this share of the shorter side. Default: all of it. */
  readonly crop?: number;
  readonly data: Fingerprint;
  /** What is trained on the run's images. */
  readonly trainee: (images: RunImages) => Trainee;
  /** The run to go on with. */
  readonly stored?: StoredRun;
}

/** @throws naming what does not fit: options, data, a model's file, or what the folder holds already */
export async function planRun(request: RunRequest, folder: RunFolder): Promise<Plan> {
  const stored = await findRun(request, folder);
  return stored ? planResumed(request, folder, stored) : planNew(request);
}

/** What is not made again without training. */
const precious: readonly string[] = [files.checkpoint, files.best, files.last, files.history];

/** The run that a folder holds, when it is to be resumed. @throws when the folder holds one that would be lost */
async function findRun(
  { type, resume, overwrite }: RunRequest,
  folder: RunFolder,
): Promise<StoredRun | undefined> {
  const present = (await folder.present()).filter((file) => precious.includes(file));
  if (overwrite || present.length === 0) return undefined;
  const { results } = folder;
  if (!present.includes(files.checkpoint)) {
    throw new Error(
      `${results} holds ${present.join(', ')} of an earlier run, but no checkpoint; name other results, or replace them with --overwrite`,
    );
  }
  const name = folder.path(files.checkpoint);
  const stored = decodeRun(await folder.read(files.checkpoint), name);
  const { options, progress } = stored;
  if (!resume) {
    const done = isOver(progress, options);
    const epochs = count(options.epochs, 'epoch');
    throw new Error(
      done
        ? `${results} holds a finished run of ${epochs}; name other results, go on with --resume and more --epochs, or replace it with --overwrite`
        : `${results} holds a run of ${epochs} that stopped ${place(standing(progress))}; go on with --resume, or replace it with --overwrite`,
    );
  }
  if (options.type !== type) {
    throw new Error(`${name}: the checkpoint of 'train ${options.type}', not of 'train ${type}'`);
  }
  return stored;
}

async function planNew({ type, preset, missing, ...request }: RunRequest): Promise<Plan> {
  const given = { ...preset, ...request.given };
  const { dataDir, halfWeightDir } = given;
  if (dataDir === undefined) return missing('data-dir <dir>');
  if (type === 'full' && halfWeightDir === undefined) return missing('half-weight-dir <file>');
  const dataset = await openDataset(dataDir);
  const { classes, train } = dataset;
  checkClasses(dataset, given);
  const half =
    halfWeightDir === undefined ? undefined : await readHalf(halfWeightDir, classes, train.dir, given);
  const options = settle(type, dataDir, given, half);
  if (half && half.channels !== options.channels) {
    throw new Error(
      `${halfWeightDir}: --channels is ${half.channels} for this model, got ${options.channels}`,
    );
  }
  const splits = splitsOf(type, dataset);
  const model = startModel(options, classes, half?.weights);
  return {
    options,
    ...splits,
    data: await fingerprintOf(splits),
    trainee: (images) => networkTrainee(options, model, images),
  };
}

async function planResumed(request: RunRequest, folder: RunFolder, stored: StoredRun): Promise<Plan> {
  const { type, preset } = request;
  // Strictness is of the command: the checkpoint has none to go before.
  const given = { strict: preset.strict, ...request.given };
  const name = folder.path(files.checkpoint);
  const options = settleResumed(name, stored.options, given);
  const dataset = await openDataset(options.dataDir);
  checkClasses(dataset, given);
  const splits = splitsOf(type, dataset);
  const data = await fingerprintOf(splits);
  const different = changes(stored.data, data);
  if (different.length > 0) {
    const few = different.slice(0, 5).join('; ');
    const more = different.length > 5 ? `; and ${different.length - 5} more` : '';
    throw new Error(
      `${options.dataDir} has changed since the checkpoint: ${few}${more}. Bring it back to go on, or start anew with --overwrite`,
    );
  }
  const model = startModel(options, dataset.classes, stored.tensors);
  return {
    options,
    ...splits,
    data,
    trainee: (images) => networkTrainee(options, model, images),
    stored,
  };
}

type Splits = Pick<Plan, 'train' | 'validation' | 'test'>;

/** The splits in use: the full model is not validated. */
function splitsOf(type: ModelType, { train, test }: Dataset): Splits {
  return type === 'half' && test ? { train, validation: test, test } : { train };
}

/** Of the folders in use. */
function fingerprintOf({ train, test }: Splits): Promise<Fingerprint> {
  return fingerprint(test ? [train, test] : [train]);
}

function checkClasses({ classes, train: { dir } }: Dataset, { numClasses }: GivenOptions): void {
  if (classes.length < 2) {
    throw new Error(`${dir}: at least 2 class folders are needed, got 1 (${classes[0]})`);
  }
  if (numClasses !== undefined && numClasses !== classes.length) {
    throw new Error(`--num-classes is ${numClasses}, but ${dir} has ${classes.length} class folders`);
  }
}
