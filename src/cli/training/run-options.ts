/** What a run is told: what the command line says, the defaults, and on resuming what the checkpoint says. */

import { type AugmentationRanges, defaultRanges } from '../../data/batches/augment.ts';
import type { ValueRange } from '../../data/picture/value-range.ts';
import { isStream } from '../../data/streams/open-containers.ts';
import { usualBuffer } from '../../data/streams/shuffled-stream.ts';
import type { Expansion, ModelType } from '../../models/model.ts';
import type { Device } from '../../runtime/session.ts';
import { defaultImageSize } from '../../tensor/image-size.ts';
import { kebabCase } from '../../text/case.ts';
import { type Optimizer, type OptimizerName, optimizers } from '../../train/optimizers.ts';
import {
  constantRate,
  cosine,
  reduceOnPlateau,
  type Schedule,
  type ScheduleName,
} from '../../train/schedule.ts';

/** The class of a picture that an expansion is taught: the predicted one, or the one of its folder. */
export type Teach = (typeof teachings)[number];

export const teachings = ['predicted', 'folder'] as const;

/** Options that are left out are absent. */
export interface GivenOptions extends Partial<AugmentationRanges> {
  readonly dataDir?: string;
  /** The folder of validation images, `DIR/CLASS/*`. */
  readonly valDir?: string;
  readonly validationSplit?: number;
  /** With a stream only. */
  readonly shuffleBuffer?: number;
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly imSize?: number;
  readonly channels?: 1 | 3;
  readonly valueRange?: ValueRange;
  readonly numClasses?: number;
  readonly halfWeightDir?: string;
  /** Of a half model in a Keras file. */
  readonly inputScale?: 1 | 255;
  readonly optimizer?: OptimizerName;
  readonly learningRate?: number;
  readonly momentum?: number;
  readonly weightDecay?: number;
  readonly schedule?: ScheduleName;
  readonly warmupEpochs?: number;
  readonly labelSmoothing?: number;
  /** As `parseClassWeights` takes it. */
  readonly classWeights?: string;
  readonly expansion?: Expansion | 'transport';
  /** With 'transport' only. */
  readonly teach?: Teach;
  /** A linear head is taught on the frozen body of this classifier: a name of `backboneNames`, or a file. */
  readonly backbone?: string;
  readonly l2?: number;
  /** Another name of `validationSplit`, with a backbone. */
  readonly holdOut?: number;
  readonly earlyStopping?: number;
  /** Another name of `earlyStopping`, with a backbone. */
  readonly patience?: number;
  readonly augment?: boolean;
  readonly seed?: number;
  readonly device?: Device;
  readonly uncheckedGpu?: boolean;
  readonly checkpointMinutes?: number;
  readonly strict?: boolean;
}

/** Options of a run, each settled; a checkpoint keeps them. Ranges of augmentation are there with `augment`. */
export interface RunOptions extends Partial<AugmentationRanges> {
  readonly type: ModelType;
  readonly dataDir: string;
  /** Half model only: the folder of the images that the best epoch is chosen on. */
  readonly valDir?: string;
  /** Half model only: the share of the training images that is held out, to choose the best epoch on; 0: none. */
  readonly validationSplit?: number;
  /** Of a stream: images that are shuffled together. */
  readonly shuffleBuffer?: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly imSize: number;
  readonly channels: 1 | 3;
  /** Of pictures whose values are no grey levels. */
  readonly valueRange?: ValueRange;
  readonly halfWeightDir?: string;
  /** Of a half model in a Keras file. */
  readonly inputScale?: 1 | 255;
  readonly optimizer: OptimizerName;
  readonly learningRate: number;
  /** sgd only. */
  readonly momentum?: number;
  /** adamw only. */
  readonly weightDecay?: number;
  readonly schedule: ScheduleName;
  /** cosine only. */
  readonly warmupEpochs?: number;
  /** Half model only. */
  readonly labelSmoothing?: number;
  /** Half model only: 'auto', or weights as JSON. */
  readonly classWeights?: string;
  /** Full model only; of an imported classifier always 'transport'. */
  readonly expansion?: Expansion | 'transport';
  /** Of an expansion by transport: which class of a picture is taught. */
  readonly teach?: Teach;
  readonly backbone?: string;
  /** On a backbone only: see `HeadStepOptions`. */
  readonly l2?: number;
  /** Epochs that are not the best, after which training stops. */
  readonly earlyStopping?: number;
  readonly augment: boolean;
  readonly seed: number;
  readonly device: Device;
  /** WebGPU without its validation. */
  readonly uncheckedGpu: boolean;
  readonly checkpointMinutes: number;
  readonly strict: boolean;
}

export const defaults = {
  epochs: 50,
  batchSize: 16,
  imSize: defaultImageSize as number,
  channels: 3,
  optimizer: 'adadelta',
  momentum: 0.9,
  weightDecay: 0.01,
  schedule: 'plateau',
  warmupEpochs: 0,
  labelSmoothing: 0,
  expansion: 'tied-image',
  augment: true,
  seed: 0,
  device: 'cpu',
  uncheckedGpu: false,
  checkpointMinutes: 10,
  strict: false,
} as const;

/** Of a stream, where there is no folder to validate on: the share that is held out unless told. */
export const streamValidationSplit = 0.1;

/** What is another default for a head on a backbone. */
export const headDefaults = {
  epochs: 100,
  batchSize: 64,
  optimizer: 'adam',
  schedule: 'constant',
  l2: 1e-4,
  validationSplit: 0.1,
  earlyStopping: 10,
  augment: false,
} as const;

/** What is another default for an expansion on an imported classifier. */
export const transportDefaults = {
  epochs: 12,
  optimizer: 'adamw',
  learningRate: 0.002,
  schedule: 'cosine',
  teach: 'predicted',
} as const;

/** Options that go with a backbone only. */
const ofHeads = ['l2', 'holdOut', 'patience'] as const;

/** Those of a backbone that have another name now, which goes without one, too. */
const otherNames = { holdOut: 'validationSplit', patience: 'earlyStopping' } as const;

const ranges = Object.keys(defaultRanges) as (keyof AugmentationRanges)[];

/**
 * Options that go with another one only.
 * @param given on the command line: those of them that stand in the environment or the project file are for when they go.
 * @param all from everywhere.
 * @param transport whether it trains an expansion by transport, which has defaults of its own
 * @returns what is wrong, a phrase; nothing when all is well
 */
export function misuse(
  given: GivenOptions,
  all: GivenOptions,
  transport: boolean = false,
): string | undefined {
  const usual = transport ? transportDefaults : all.backbone === undefined ? defaults : headDefaults;
  const { optimizer = usual.optimizer, schedule = usual.schedule, epochs = usual.epochs, warmupEpochs } = all;
  const wrong = ofBackbone(given, all) ?? ofImages(given, all) ?? ofStreams(given, all);
  if (wrong !== undefined) return wrong;
  if (!transport && given.teach !== undefined) {
    return '--teach goes with --expansion transport: other expansions learn from class folders';
  }
  if (transport && given.expansion !== undefined && given.expansion !== 'transport') {
    return `--expansion ${given.expansion} goes with this project's own networks; of a classifier of another program it is transport`;
  }
  if (transport && given.numClasses !== undefined) {
    return '--num-classes goes with class folders, which transport does not need';
  }
  if (given.inputScale !== undefined && all.halfWeightDir === undefined) {
    return '--input-scale goes with --half-weight-dir';
  }
  if (given.momentum !== undefined && optimizer !== 'sgd') return '--momentum goes with --optimizer sgd';
  if (given.weightDecay !== undefined && optimizer !== 'adamw')
    return '--weight-decay goes with --optimizer adamw';
  if (given.warmupEpochs !== undefined && schedule !== 'cosine')
    return '--warmup-epochs goes with --schedule cosine';
  if (schedule === 'cosine' && warmupEpochs !== undefined && warmupEpochs > epochs) {
    return `--warmup-epochs is at most --epochs, ${epochs}, got ${warmupEpochs}`;
  }
  return undefined;
}

/** What is wrong about a backbone and the options beside it. */
function ofBackbone(given: GivenOptions, { backbone }: GivenOptions): string | undefined {
  if (backbone === undefined) {
    const lonely = ofHeads.find((name) => given[name] !== undefined);
    return lonely && `${flag(lonely)} goes with --backbone`;
  }
  if (given.halfWeightDir !== undefined) {
    return given.backbone === undefined
      ? undefined
      : '--backbone and --half-weight-dir are two networks to start from; one is needed';
  }
  if (given.inputScale !== undefined) return '--input-scale goes with --half-weight-dir, not with --backbone';
  const odd = (['augment', ...ranges] as const).find((name) => given[name] !== undefined);
  if (odd !== undefined) {
    return `${spelled(odd, given[odd])} goes without --backbone, with which every image is shown once, as it is`;
  }
  const twice = Object.entries(otherNames).find(
    ([old, now]) => given[old as keyof typeof otherNames] !== undefined && given[now] !== undefined,
  );
  return twice && `${flag(twice[0])} is another name of ${flag(twice[1])}; one of them is needed`;
}

/** What is wrong about augmentation and validation. */
function ofImages(given: GivenOptions, all: GivenOptions): string | undefined {
  const range = ranges.find((name) => given[name] !== undefined);
  if (range !== undefined && all.augment === false) {
    return `${spelled(range, given[range])} and --no-augment contradict each other`;
  }
  if ((given.saturation ?? 0) > 0 && all.channels === 1) {
    return '--saturation goes with --channels 3: grey images have no colours';
  }
  const shares = [given.validationSplit, given.holdOut];
  if (given.valDir !== undefined && shares.some((share) => share !== undefined)) {
    const which = given.holdOut === undefined ? 'validationSplit' : 'holdOut';
    return `--val-dir and ${flag(which)} are two choices of validation images; one is needed`;
  }
  return undefined;
}

/** What is wrong about options of streams and of folders. */
function ofStreams(given: GivenOptions, { dataDir, valDir }: GivenOptions): string | undefined {
  if (dataDir === undefined) return undefined;
  const streamed = isStream(dataDir);
  if (given.shuffleBuffer !== undefined && !streamed) {
    return `--shuffle-buffer goes with --data-dir of tars, Parquet files or a list, got the folder ${dataDir}`;
  }
  return otherKind(dataDir, valDir);
}

/** What is wrong about a folder beside a stream; nothing when both are folders, or both streams. */
export function otherKind(dataDir: string, valDir: string | undefined): string | undefined {
  if (valDir === undefined || isStream(valDir) === isStream(dataDir)) return undefined;
  const kind = (given: string): string => (isStream(given) ? 'a stream' : 'a folder');
  return `--data-dir and --val-dir are both folders or both streams; ${dataDir} is ${kind(dataDir)}, ${valDir} ${kind(valDir)}`;
}

/** Options under the names that they have now; of two names for one option the present one counts. */
export function renamed<T extends object>(options: T): T {
  const { holdOut, patience, ...rest } = options as T & { holdOut?: number; patience?: number };
  const now = { [otherNames.holdOut]: holdOut, [otherNames.patience]: patience };
  return { ...present(now), ...present(rest) } as T;
}

/**
 * The options of a new run as far as they are told: of a backbone and a half model the one that the command line names.
 * @throws when environment and project file name both
 */
export function withOneStart(given: GivenOptions, preset: GivenOptions): GivenOptions {
  const all = { ...withoutRivals(preset, given), ...given };
  if (all.backbone === undefined || all.halfWeightDir === undefined) return all;
  if (given.backbone !== undefined) return { ...all, halfWeightDir: undefined, inputScale: undefined };
  if (given.halfWeightDir !== undefined) return { ...all, backbone: undefined };
  throw new Error(
    'the environment or the project file has both backbone and half-weight-dir; one of them is needed on the command line',
  );
}

/** What is preset, but for what contradicts the command line. @throws when the preset ones contradict each other */
function withoutRivals(preset: GivenOptions, given: GivenOptions): GivenOptions {
  if (given.valDir !== undefined) return { ...preset, validationSplit: undefined };
  if (given.validationSplit !== undefined) return { ...preset, valDir: undefined };
  if (preset.valDir === undefined || preset.validationSplit === undefined) return preset;
  throw new Error(
    'the environment or the project file has both val-dir and validation-split; one of them is needed on the command line',
  );
}

/**
 * The options of a new run.
 * @param half what a half model or backbone that it starts from was trained on
 */
export function settle(
  type: ModelType,
  dataDir: string,
  given: GivenOptions,
  half?: { readonly imSize: number; readonly channels: number; readonly imported?: unknown },
): RunOptions {
  const { numClasses: _, ...own } = present(given);
  const onBackbone = own.backbone !== undefined;
  const onImported = type === 'full' && half?.imported !== undefined;
  const changed = onBackbone ? headDefaults : onImported ? transportDefaults : {};
  const usual = { ...defaults, ...defaultRanges, ...changed };
  const { optimizer = usual.optimizer, schedule = usual.schedule } = own;
  const augment = own.augment ?? usual.augment;
  const usualRate = onImported && optimizer === transportDefaults.optimizer;
  return {
    ...usual,
    imSize: half?.imSize ?? defaults.imSize,
    channels: (half?.channels ?? defaults.channels) as 1 | 3,
    ...own,
    learningRate:
      own.learningRate ?? (usualRate ? transportDefaults.learningRate : optimizers[optimizer]().learningRate),
    type,
    dataDir,
    momentum: optimizer === 'sgd' ? (own.momentum ?? defaults.momentum) : undefined,
    weightDecay: optimizer === 'adamw' ? (own.weightDecay ?? defaults.weightDecay) : undefined,
    warmupEpochs: schedule === 'cosine' ? (own.warmupEpochs ?? defaults.warmupEpochs) : undefined,
    labelSmoothing: type === 'half' ? (own.labelSmoothing ?? defaults.labelSmoothing) : undefined,
    validationSplit:
      own.validationSplit ??
      (onBackbone && own.valDir === undefined ? headDefaults.validationSplit : undefined),
    shuffleBuffer: isStream(dataDir) ? (own.shuffleBuffer ?? usualBuffer) : undefined,
    expansion:
      type === 'full' ? (onImported ? 'transport' : (own.expansion ?? defaults.expansion)) : undefined,
    teach: onImported ? (own.teach ?? transportDefaults.teach) : undefined,
    ...(onBackbone ? { augment: headDefaults.augment } : { l2: undefined }),
    ...(onBackbone || !augment ? Object.fromEntries(ranges.map((name) => [name, undefined])) : {}),
  };
}

/** How far augmentations go; undefined: there are none. */
export function rangesOf({ augment, ...options }: RunOptions): AugmentationRanges | undefined {
  if (!augment) return undefined;
  const own = ranges.map((name) => [name, options[name] ?? defaultRanges[name]]);
  return Object.fromEntries(own) as unknown as AugmentationRanges;
}

/** What does not change the weights that a run ends in, or not before the epochs already done. */
const free: readonly (keyof GivenOptions)[] = [
  'dataDir', // its content is compared
  'valDir', // likewise
  'backbone', // likewise
  'earlyStopping',
  'numClasses', // compared with the data
  'epochs',
  'device',
  'uncheckedGpu',
  'checkpointMinutes',
  'strict',
];

/**
 * The options of a run that goes on from a checkpoint: its own, but for those that may change.
 * @param name of the checkpoint, for the errors
 * @throws naming each option given that says something else than the checkpoint
 */
export function settleResumed(name: string, before: RunOptions, given: GivenOptions): RunOptions {
  const stored = { ...before, ...rangesOf(before) }; // an early checkpoint has no ranges
  const own: Record<string, unknown> = { ...stored };
  const fixed = Object.entries(present(given)).filter(([key]) => !free.includes(key as keyof GivenOptions));
  const conflicts = fixed
    .filter(([key, value]) => String(value) !== String(own[key]))
    .map(([key, value]) =>
      typeof value === 'boolean'
        ? `${spelled(key, value)} is on the command line, not in the checkpoint`
        : `${flag(key)} is ${own[key] ?? 'not set'} in the checkpoint, ${value} on the command line`,
    );
  if (given.valDir !== undefined && stored.valDir === undefined) {
    conflicts.push(`--val-dir is not set in the checkpoint, ${given.valDir} on the command line`);
  }
  if (stored.schedule === 'cosine' && given.epochs !== undefined && given.epochs !== stored.epochs) {
    conflicts.push(
      `--epochs is ${stored.epochs} in the checkpoint, ${given.epochs} on the command line, and the cosine schedule is laid out over them`,
    );
  }
  if (conflicts.length > 0) {
    throw new Error(
      `${name}: ${conflicts.join('; ')}. Leave such options out to go on, or start anew with --overwrite`,
    );
  }
  const { numClasses: _, ...changed } = present(given);
  // Strictness is of the command, not of the run: it could not be taken back.
  return { ...stored, strict: defaults.strict, uncheckedGpu: defaults.uncheckedGpu, ...changed };
}

export function optimizerOf({ optimizer, ...options }: RunOptions): Optimizer {
  return optimizers[optimizer](present(options));
}

export function scheduleOf({ schedule, learningRate, epochs, warmupEpochs }: RunOptions): Schedule {
  return {
    plateau: () => reduceOnPlateau(learningRate),
    cosine: () => cosine(learningRate, { epochs, warmupEpochs }),
    constant: () => constantRate(learningRate),
  }[schedule]();
}

/** `batchSize` as `--batch-size`. */
export function flag(key: string): string {
  return `--${kebabCase(key)}`;
}

/** An option with its value, as `--rotate` and `--no-flip`: a switch is named as it is given. */
function spelled(key: string, value: unknown): string {
  return value === false ? `--no-${kebabCase(key)}` : flag(key);
}

function present<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
