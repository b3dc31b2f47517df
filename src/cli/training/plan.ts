/**
 * The plan of a run: its options settled, its data opened and compared, its model read, before anything is
 * written.
 */
import { resolve, sep } from 'node:path';
import { synsetsOf } from '../../classifier/imagenet-classes.ts';
import { linkClasses } from '../../data/dataset/class-links.ts';
import { type Dataset, type ImageFolder, openDataset } from '../../data/dataset/image-folder.ts';
import { openPictures, trainFolderOf } from '../../data/dataset/picture-folder.ts';
import { isStream } from '../../data/streams/open-containers.ts';
import type { ModelType } from '../../models/model.ts';
import { count } from '../../text/count.ts';
import type { TrainingState } from '../../train/state-layout.ts';
import { type Backbone, readBackbone } from './backbone.ts';
import { type ChosenOn, chosenOn, chosenOnIn, chosenOnStream } from './chosen-on.ts';
import { classWeightsOf, formatClassWeights, settleClassWeights } from './class-weights.ts';
import { ExpansionTrainee } from './expansion-trainee.ts';
import { changes, type Fingerprint, fingerprint } from './fingerprint.ts';
import { HeadTrainee } from './head-trainee.ts';
import type { RunImages } from './images.ts';
import { readHalf, startModel } from './model-files.ts';
import { networkTrainee } from './network-trainee.ts';
import type { ClassesToTeach } from './object-labels.ts';
import { files, type RunFolder } from './run-folder.ts';
import {
  defaults,
  type GivenOptions,
  otherKind,
  type RunOptions,
  settle,
  settleResumed,
  streamValidationSplit,
  withOneStart,
} from './run-options.ts';
import { imagesIn, isFolder, type Split } from './split.ts';
import { decodeRun, isDone, type StoredRun, standing } from './stored-run.ts';
import { type OpenedStream, openStream } from './stream-split.ts';
import { place } from './terminal.ts';
import type { Trainee } from './trainee.ts';
import { chooseOfStream, chooseValidation, type Validation } from './validation.ts';

export interface RunRequest {
  readonly type: ModelType;
  /** Whether a new run trains an expansion by transport. */
  readonly transport: boolean;
  /** Whether to resume from the checkpoint, if there is one. */
  readonly resume: boolean;
  /** Whether to replace an earlier run. */
  readonly overwrite: boolean;
  /** How many ranks train together. */
  readonly ranks: number;
  /** Options from the command line. */
  readonly given: GivenOptions;
  /**
   * Options from the environment and the project file. Those of the command line take precedence; when a run
   * resumes, those of its checkpoint do, too.
   */
  readonly preset: GivenOptions;
  /** Reports a missing option that a new run needs. */
  readonly missing: (option: 'data-dir <dir>' | 'half-weight-dir <file>') => never;
  /** Called with each line about what an import of the backbone found and assumed. */
  readonly tell: (line: string) => void;
  /** Aborts the planning, with its reason. */
  readonly signal: AbortSignal;
}

export interface Plan {
  readonly options: RunOptions;
  readonly train: Split;
  /**
   * The images that choose the best epoch; absent: no validation. Folders or a stream, like the training
   * images.
   */
  readonly validation?: Split;
  /** The images on which the best weights are tested at the end; absent: none. */
  readonly test?: ImageFolder;
  /**
   * The pictures that choose the best weights. For a full model, those that chose its half model's weights,
   * if known.
   */
  readonly chosenOn?: ChosenOn;
  /** Lines about the choice of images and options. */
  readonly notes: readonly string[];
  /**
   * The side of the central square crop of each picture, as a share of its shorter side; default: no crop.
   */
  readonly crop?: number;
  /** Whether each picture is read once and not kept; default: it is read again in every epoch. */
  readonly readsOnce?: boolean;
  readonly data: Fingerprint;
  /** The `contentDigest` of each readable image, by path. */
  readonly contents: ReadonlyMap<string, string>;
  /** Digest of the backbone's file. */
  readonly backbone?: string;
  /**
   * Makes what is trained on the run's images; called after the data have been compared with the
   * checkpoint's.
   */
  readonly trainee: (images: RunImages) => Trainee;
  /** The run to resume. */
  readonly stored?: StoredRun;
}

/** @throws naming what does not fit: options, data, a model's file, or the present content of the folder */
export async function planRun(request: RunRequest, folder: RunFolder): Promise<Plan> {
  const stored = await findRun(request, folder);
  return stored ? planResumed(request, folder, stored) : planNew(request, folder);
}

/** Files that can only be made again by training. */
const precious: readonly string[] = [files.checkpoint, files.best, files.last, files.history];

/**
 * The run in a folder, when it is to be resumed.
 * @throws when the folder has a run that would be lost
 */
async function findRun(
  { type, resume, overwrite }: RunRequest,
  folder: RunFolder,
): Promise<StoredRun | undefined> {
  const present = (await folder.present()).filter((file) => precious.includes(file));
  if (overwrite || present.length === 0) return undefined;
  const { results } = folder;
  if (!present.includes(files.checkpoint)) {
    throw new Error(
      `${results} holds ${present.join(', ')} of an earlier run, but no checkpoint; choose another --results-name, or replace them with --overwrite`,
    );
  }
  const name = folder.path(files.checkpoint);
  const stored = decodeRun(await folder.read(files.checkpoint), name);
  const { options, progress } = stored;
  if (!resume) {
    const done = isDone(progress, options);
    const epochs = count(options.epochs, 'epoch');
    const trained = progress.history.length;
    const more = trained < options.epochs ? 'a larger --early-stopping' : 'more --epochs';
    throw new Error(
      done
        ? `${results} holds a finished run of ${count(trained, 'epoch')}; choose another --results-name, continue it with --resume and ${more}, or replace it with --overwrite`
        : `${results} holds a run of ${epochs} that stopped ${place(standing(progress))}; continue it with --resume, or replace it with --overwrite`,
    );
  }
  if (options.type !== type) {
    throw new Error(`${name}: this checkpoint is of 'train ${options.type}', not of 'train ${type}'`);
  }
  return stored;
}

async function planNew(
  { type, transport, ranks, preset, missing, tell, signal, ...request }: RunRequest,
  folder: RunFolder,
): Promise<Plan> {
  const told = withOneStart(request.given, preset);
  const { dataDir, halfWeightDir } = told;
  if (dataDir === undefined) return missing('data-dir <dir>');
  checkRanks(dataDir, ranks, type === 'half' && told.backbone === undefined);
  if (type === 'full' && halfWeightDir === undefined) return missing('half-weight-dir <file>');
  if (transport && halfWeightDir !== undefined) {
    const given = told;
    checkKept(halfWeightDir, folder);
    const { imSize, inputScale } = given;
    const half = await readBackbone(halfWeightDir, tell, imSize, 'any network', inputScale);
    const options = settle(type, dataDir, given, half.classifier);
    checkChannels(halfWeightDir, half.classifier, options);
    return planOf(options, await expansionStart(options, half, { tell, signal }), signal);
  }
  const dataset = await openData(type, { ...told, dataDir }, { tell, signal });
  const { classes, train } = dataset;
  checkClasses(dataset, told);
  const given = await withImages(type, told, dataset);
  if (given.backbone !== undefined) {
    checkKept(given.backbone, folder);
    const backbone = await readBackbone(given.backbone, tell, given.imSize);
    const options = settle(type, dataDir, given, backbone.classifier);
    checkChannels(given.backbone, backbone.classifier, options);
    const start = await headStart(options, dataset, backbone, { tell, signal });
    return planOf(options, start, signal);
  }
  const half =
    halfWeightDir === undefined ? undefined : await readHalf(halfWeightDir, classes, train.dir, given);
  const options = settle(type, dataDir, given, half);
  if (half) checkChannels(halfWeightDir as string, half, options);
  return planOf(options, await networkStart(options, dataset, { tell, signal }, half), signal);
}

/** Reports notes about a stream that is read, and aborts the reading. */
type Reading = Pick<RunRequest, 'tell' | 'signal'>;

/** The images of folders, or of a stream. */
type Data = Dataset | OpenedStream;

async function openData(
  type: ModelType,
  { dataDir, seed = defaults.seed, ...given }: GivenOptions & { readonly dataDir: string },
  reading: Reading,
): Promise<Data> {
  const odd = otherKind(dataDir, given.valDir);
  if (odd !== undefined) throw new Error(odd);
  if (!isStream(dataDir)) return openDataset(dataDir);
  return openStream(dataDir, { ...reading, seed, share: shareOfStream(type, given) });
}

/**
 * Features and soft labels need a list of all pictures, which a stream does not have.
 * @param isWhole whether a whole network is trained, which needs neither
 * @throws when several ranks would have to compute them from a stream
 */
function checkRanks(dataDir: string, ranks: number, isWhole: boolean): void {
  if (ranks === 1 || isWhole || !isStream(dataDir)) return;
  const rule =
    'several ranks can read a stream only in train half without --backbone: give a folder, or train without a launcher';
  throw new Error(`${rule}; got ${ranks} ranks and --data-dir ${dataDir}`);
}

/** The held-out share of a stream. */
function shareOfStream(
  type: ModelType,
  { valDir, validationSplit = streamValidationSplit }: GivenOptions,
): number {
  return type === 'half' && valDir === undefined ? validationSplit : 0;
}

/**
 * Sets the options that depend on the data set: the normalised class weights, and the default for held-out
 * images.
 */
async function withImages(type: ModelType, given: GivenOptions, data: Data): Promise<GivenOptions> {
  const { backbone, valDir, validationSplit, classWeights } = given;
  const { classes } = data;
  const chosen = valDir !== undefined || validationSplit !== undefined;
  const isSplit = 'val' in data && data.val !== undefined;
  return {
    ...given,
    ...(backbone !== undefined && isSplit && !chosen && { validationSplit: 0 }),
    ...(type === 'half' && !isFolder(data.train) && !chosen && { validationSplit: streamValidationSplit }),
    ...(classWeights !== undefined && { classWeights: await settleClassWeights(classWeights, classes) }),
  };
}

async function planResumed(
  { preset, ranks, tell, signal, ...request }: RunRequest,
  folder: RunFolder,
  stored: StoredRun,
): Promise<Plan> {
  // `strict` belongs to the command, so the checkpoint's value does not count.
  const given = { strict: preset.strict, ...(await withSameClasses(request.given, stored.options)) };
  const name = folder.path(files.checkpoint);
  const options = settleResumed(name, stored.options, given);
  checkRanks(options.dataDir, ranks, options.type === 'half' && options.backbone === undefined);
  const start = await startAgain(options, given, { tell, signal }, stored);
  const plan = await planOf(options, start, signal);
  const different = changes(stored.data, plan.data, start.splits);
  if (different.length > 0) {
    const few = different.slice(0, 5).join('; ');
    const more = different.length > 5 ? `; and ${different.length - 5} more` : '';
    throw new Error(
      `${options.dataDir} has changed since the checkpoint: ${few}${more}. Restore it to resume, or start over with --overwrite`,
    );
  }
  return { ...plan, stored };
}

/** Class weights in the checkpoint's form, for comparison. */
async function withSameClasses(given: GivenOptions, stored: RunOptions): Promise<GivenOptions> {
  const before = stored.classWeights;
  if (given.classWeights === undefined || before === undefined || before === 'auto') return given;
  const classes = Object.keys(JSON.parse(before));
  return { ...given, classWeights: await settleClassWeights(given.classWeights, classes) };
}

async function startAgain(
  options: RunOptions,
  given: GivenOptions,
  reading: Reading,
  stored: StoredRun,
): Promise<Start> {
  const { backbone, halfWeightDir = '', expansion } = options;
  const { tensors } = stored;
  if (expansion === 'transport') {
    const half = await sameBackbone(halfWeightDir, options, reading.tell, stored, 'any network');
    return expansionStart(options, half, reading, tensors);
  }
  const dataset = await openData(options.type, options, reading);
  checkClasses(dataset, given);
  if (backbone === undefined) {
    return networkStart(options, dataset, reading, { weights: tensors }, stored.chosenOn);
  }
  const before = await sameBackbone(backbone, options, reading.tell, stored);
  return headStart(options, dataset, before, reading, tensors);
}

/** What is trained, and on which images. */
type Start = Omit<Plan, 'options' | 'data' | 'contents' | 'chosenOn' | 'stored'> & {
  /** Its folders or streams. */
  readonly splits: readonly Split[];
  /** @param contents of the folders' images, see `Plan` */
  readonly chosenOn: (contents: Plan['contents']) => Promise<ChosenOn> | ChosenOn | undefined;
};

async function planOf(
  options: RunOptions,
  { splits, chosenOn, ...start }: Start,
  signal: AbortSignal,
): Promise<Plan> {
  const { data, contents } = await fingerprint(splits, signal);
  return { options, ...start, data, contents, chosenOn: await chosenOn(contents) };
}

/**
 * Plans the training of this project's own network. The full model is not validated.
 * @param start a half model, or the weights of a checkpoint; default: new weights
 * @param chosen the pictures that chose the half model's weights, for a full model that resumes
 */
async function networkStart(
  options: RunOptions,
  dataset: Data,
  reading: Reading,
  start?: { readonly weights: TrainingState; readonly training?: Readonly<Record<string, unknown>> },
  chosen?: ChosenOn,
): Promise<Start> {
  const { classes } = dataset;
  if (options.type === 'full') {
    const { train } = dataset;
    return {
      train,
      chosenOn: () => chosen ?? chosenOnIn(start?.training),
      notes: [],
      splits: [train],
      trainee: (images) => networkTrainee(options, startModel(options, classes, start?.weights), images),
    };
  }
  const { classWeights, ...labelled } = await labelledStart(options, dataset, reading);
  return {
    ...labelled,
    trainee: (images) =>
      networkTrainee(options, startModel(options, classes, start?.weights), images, classWeights),
  };
}

/**
 * Plans the training of a head on a backbone. Test images are not used in training.
 * @param weights the weights of a checkpoint
 */
async function headStart(
  options: RunOptions,
  dataset: Data,
  { classifier, digest }: Backbone,
  reading: Reading,
  weights?: TrainingState,
): Promise<Start> {
  const { classes } = dataset;
  const { fit } = classifier.imported;
  const { classWeights, ...labelled } = await labelledStart(options, dataset, reading);
  return {
    ...labelled,
    crop: fit === 'squash' ? undefined : fit.crop,
    readsOnce: true,
    backbone: digest,
    trainee: (images) =>
      new HeadTrainee(options, { backbone: classifier, classes, weights, classWeights }, images),
  };
}

/** Plans the parts common to classifiers: validation and class weights. */
async function labelledStart(
  options: RunOptions,
  dataset: Data,
  reading: Reading,
): Promise<Omit<Start, 'trainee'> & { readonly classWeights?: readonly number[] }> {
  const { classes, train: all } = dataset;
  const test = 'test' in dataset ? dataset.test : undefined;
  const chosen: Validation = isOfFolders(dataset)
    ? await chooseValidation(options, dataset)
    : await chooseOfStream(options, dataset, reading);
  const { train, images: validation, name, notes } = chosen;
  const judged = validation ?? train;
  const weights =
    options.classWeights === undefined ? undefined : classWeightsOf(options.classWeights, train);
  const apart = validation === test || options.validationSplit ? undefined : validation;
  return {
    train,
    validation,
    test,
    chosenOn: (contents) =>
      isFolder(judged) ? chosenOn(name, judged.samples, contents) : chosenOnStream(name, judged),
    notes: [...notes, ...(weights ? [formatClassWeights(weights, classes)] : [])],
    classWeights: weights,
    // The fingerprint must not depend on the path of the validation folder.
    splits: [all, ...(apart ? [{ ...apart, dir: 'val' }] : []), ...(test ? [test] : [])],
  };
}

function isOfFolders(data: Data): data is Dataset {
  return isFolder(data.train);
}

/**
 * Plans the training of an expansion by transport. It uses DIR/train of a data set, else all pictures in DIR;
 * class folders are needed only with `--teach folder`. It is not validated.
 * @param weights the weights of a checkpoint
 */
async function expansionStart(
  options: RunOptions,
  { classifier, digest }: Backbone,
  reading: Reading,
  weights?: TrainingState,
): Promise<Start> {
  const { fit } = classifier.imported;
  const { train, teach } = await taughtPictures(options, classifier.classes, reading);
  const batch = Math.min(options.batchSize, imagesIn(train));
  if (batch < 2) {
    throw new Error(`transport: a batch of at least 2 pictures is needed for collages, got ${batch}`);
  }
  return {
    train,
    chosenOn: () => chosenOnIn(classifier.training),
    notes: [],
    // The fingerprint must not depend on the path of the pictures.
    splits: [{ ...train, dir: 'pictures' }],
    crop: fit === 'squash' ? undefined : fit.crop,
    backbone: digest,
    trainee: (images) => new ExpansionTrainee(options, { classifier, teach, weights }, images),
  };
}

async function taughtPictures(
  { dataDir, teach, seed }: RunOptions,
  classes: readonly string[],
  { tell, signal }: Reading,
): Promise<{ train: Split; teach: ClassesToTeach }> {
  const byClass = teach === 'folder';
  const opened = isStream(dataDir)
    ? (await openStream(dataDir, { seed, byClass, tell, signal })).train
    : undefined;
  if (byClass) {
    const train = opened ?? (await openDataset(dataDir)).train;
    const names = { names: classes, synsets: synsetsOf(classes) };
    const links = linkClasses(train.classes, names, {
      dir: train.dir,
      remedy: '--teach predicted needs no class folders',
    });
    if (links.tolerated.length > 0) tell(`folders matched with classes: ${links.tolerated.join(', ')}`);
    return { train, teach: links.classes };
  }
  if (opened) return { train: opened, teach: 'predicted' };
  const train = await openPictures((await trainFolderOf(dataDir)) ?? dataDir);
  tell(`pictures: all in ${train.dir} and its folders; folder names are ignored`);
  return { train, teach: 'predicted' };
}

/** @throws when a run would overwrite the frozen classifier, which it needs to resume */
function checkKept(file: string, { results }: RunFolder): void {
  if (!resolve(file).startsWith(resolve(results) + sep)) return;
  throw new Error(
    `${file} lies in ${results}, which this run replaces; choose another --results-name, or copy the file`,
  );
}

/** @throws when it differs from the one that the run began with */
async function sameBackbone(
  file: string,
  { imSize, inputScale }: RunOptions,
  tell: (line: string) => void,
  stored: StoredRun,
  kind?: 'any network',
): Promise<Backbone> {
  const found = await readBackbone(file, tell, imSize, kind, inputScale);
  if (found.digest === stored.backbone) return found;
  throw new Error(
    `${file} is not the classifier that the run began with: its content differs. Restore it to resume, or start over with --overwrite`,
  );
}

/** @throws when --channels differs from the channels of a file's network */
function checkChannels(file: string, { channels }: { readonly channels: number }, options: RunOptions): void {
  if (channels !== options.channels) {
    throw new Error(`${file}: --channels must be ${channels} for this model, got ${options.channels}`);
  }
}

function checkClasses({ classes, train }: Data, { numClasses }: GivenOptions): void {
  const { dir } = train;
  const what = isFolder(train) ? 'class folders' : 'classes';
  if (classes.length < 2) {
    throw new Error(`${dir}: at least 2 ${what} are needed, got 1 (${classes[0]})`);
  }
  if (numClasses !== undefined && numClasses !== classes.length) {
    throw new Error(`--num-classes is ${numClasses}, but ${dir} has ${classes.length} ${what}`);
  }
}
