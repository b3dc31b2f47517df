/** The options of a run: from the command line, the defaults, and the checkpoint of a resumed run. */

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

/** The class that an expansion is taught for a picture: the predicted one, or that of its folder. */
export type Teach = (typeof teachings)[number];

export const teachings = ['predicted', 'folder'] as const;

/** The options given; others are absent. */
export interface GivenOptions extends Partial<AugmentationRanges> {
  readonly dataDir?: string;
  /** The folder of validation images, `DIR/CLASS/*`. */
  readonly valDir?: string;
  readonly validationSplit?: number;
  /** For a stream only. */
  readonly shuffleBuffer?: number;
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly imSize?: number;
  readonly channels?: 1 | 3;
  readonly valueRange?: ValueRange;
  readonly numClasses?: number;
  readonly halfWeightDir?: string;
  /** For a half model in a Keras file. */
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
  /** For 'transport' only. */
  readonly teach?: Teach;
  /** The classifier on whose frozen body a linear head is trained: a name of `backboneNames`, or a file. */
  readonly backbone?: string;
  readonly l2?: number;
  /** An alias of `validationSplit`, for a backbone. */
  readonly holdOut?: number;
  readonly earlyStopping?: number;
  /** An alias of `earlyStopping`, for a backbone. */
  readonly patience?: number;
  readonly augment?: boolean;
  readonly seed?: number;
  readonly device?: Device;
  readonly uncheckedGpu?: boolean;
  readonly checkpointMinutes?: number;
  readonly strict?: boolean;
}

/**
 * The settled options of a run, as kept in checkpoints. The ranges of augmentation are present with
 * `augment`.
 */
export interface RunOptions extends Partial<AugmentationRanges> {
  readonly type: ModelType;
  readonly dataDir: string;
  /** For a half model only: the folder of the images that choose the best epoch. */
  readonly valDir?: string;
  /** For a half model only: the share of the training images held out to choose the best epoch; 0: none. */
  readonly validationSplit?: number;
  /** For a stream: the size of the shuffle buffer, in images. */
  readonly shuffleBuffer?: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly imSize: number;
  readonly channels: 1 | 3;
  /** For pictures that are not grey levels: the range of their values. */
  readonly valueRange?: ValueRange;
  readonly halfWeightDir?: string;
  /** For a half model in a Keras file. */
  readonly inputScale?: 1 | 255;
  readonly optimizer: OptimizerName;
  readonly learningRate: number;
  /** For sgd only. */
  readonly momentum?: number;
  /** For adamw only. */
  readonly weightDecay?: number;
  readonly schedule: ScheduleName;
  /** For cosine only. */
  readonly warmupEpochs?: number;
  /** For a half model only. */
  readonly labelSmoothing?: number;
  /** For a half model only: 'auto', or weights as JSON. */
  readonly classWeights?: string;
  /** For a full model only; always 'transport' for an imported classifier. */
  readonly expansion?: Expansion | 'transport';
  /** For 'transport' only: the class that is taught for a picture. */
  readonly teach?: Teach;
  readonly backbone?: string;
  /** For a backbone only: see `HeadStepOptions`. */
  readonly l2?: number;
  /** The number of epochs without improvement after which training stops. */
  readonly earlyStopping?: number;
  readonly augment: boolean;
  readonly seed: number;
  readonly device: Device;
  /** Whether WebGPU runs without its validation. */
  readonly uncheckedGpu: boolean;
  readonly checkpointMinutes: number;
  readonly strict: boolean;
}

/** The default options; `imSize` is in pixels, `checkpointMinutes` in minutes. */
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

/** The default share of a stream that is held out, without a folder to validate on. */
export const streamValidationSplit = 0.1;

/** The defaults that differ for a head on a backbone. */
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

/** The defaults that differ for an expansion of an imported classifier. */
export const transportDefaults = {
  epochs: 12,
  optimizer: 'adamw',
  learningRate: 0.002,
  schedule: 'cosine',
  teach: 'predicted',
} as const;

/** Options that need a backbone. */
const ofHeads = ['l2', 'holdOut', 'patience'] as const;

/** Options of a backbone that now have another name, under which they also apply without a backbone. */
const otherNames = { holdOut: 'validationSplit', patience: 'earlyStopping' } as const;

const ranges = Object.keys(defaultRanges) as (keyof AugmentationRanges)[];

/**
 * Checks options that need another option.
 * @param given options of the command line; options of other sources are ignored when they do not apply
 * @param all options of all sources
 * @param transport whether an expansion is trained by transport, which has its own defaults
 * @returns the first error, as a phrase; undefined when all is well
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
    return '--teach needs --expansion transport: other expansions learn from class folders';
  }
  if (transport && given.expansion !== undefined && given.expansion !== 'transport') {
    return `--expansion ${given.expansion} needs a network of this project; a classifier of another program needs transport`;
  }
  if (transport && given.numClasses !== undefined) {
    return '--num-classes cannot be used with --expansion transport, which needs no class folders';
  }
  if (given.inputScale !== undefined && all.halfWeightDir === undefined) {
    return '--input-scale needs --half-weight-dir';
  }
  if (given.momentum !== undefined && optimizer !== 'sgd') return '--momentum needs --optimizer sgd';
  if (given.weightDecay !== undefined && optimizer !== 'adamw')
    return '--weight-decay needs --optimizer adamw';
  if (given.warmupEpochs !== undefined && schedule !== 'cosine')
    return '--warmup-epochs needs --schedule cosine';
  if (schedule === 'cosine' && warmupEpochs !== undefined && warmupEpochs > epochs) {
    return `--warmup-epochs must be at most --epochs, ${epochs}, got ${warmupEpochs}`;
  }
  return undefined;
}

/** The error about a backbone and the options with it. */
function ofBackbone(given: GivenOptions, { backbone }: GivenOptions): string | undefined {
  if (backbone === undefined) {
    const lonely = ofHeads.find((name) => given[name] !== undefined);
    return lonely && `${flag(lonely)} needs --backbone`;
  }
  if (given.halfWeightDir !== undefined) {
    return given.backbone === undefined
      ? undefined
      : '--backbone and --half-weight-dir exclude each other: each names the network to start from';
  }
  if (given.inputScale !== undefined) return '--input-scale needs --half-weight-dir, not --backbone';
  const odd = (['augment', ...ranges] as const).find((name) => given[name] !== undefined);
  if (odd !== undefined) {
    return `${spelled(odd, given[odd])} cannot be used with --backbone, which reads each image once, unchanged`;
  }
  const twice = Object.entries(otherNames).find(
    ([old, now]) => given[old as keyof typeof otherNames] !== undefined && given[now] !== undefined,
  );
  return twice && `${flag(twice[0])} is another name for ${flag(twice[1])}; give only one of them`;
}

/** The error about augmentation and validation. */
function ofImages(given: GivenOptions, all: GivenOptions): string | undefined {
  const range = ranges.find((name) => given[name] !== undefined);
  if (range !== undefined && all.augment === false) {
    return `${spelled(range, given[range])} and --no-augment contradict each other`;
  }
  if ((given.saturation ?? 0) > 0 && all.channels === 1) {
    return '--saturation needs --channels 3: grey images have no colours';
  }
  const shares = [given.validationSplit, given.holdOut];
  if (given.valDir !== undefined && shares.some((share) => share !== undefined)) {
    const which = given.holdOut === undefined ? 'validationSplit' : 'holdOut';
    return `--val-dir and ${flag(which)} exclude each other: each chooses the validation images`;
  }
  return undefined;
}

/** The error about options of streams and of folders. */
function ofStreams(given: GivenOptions, { dataDir, valDir }: GivenOptions): string | undefined {
  if (dataDir === undefined) return undefined;
  const streamed = isStream(dataDir);
  if (given.shuffleBuffer !== undefined && !streamed) {
    return `--shuffle-buffer needs tars, Parquet files or a list as --data-dir, got the folder ${dataDir}`;
  }
  return otherKind(dataDir, valDir);
}

/** The error about a folder given with a stream; undefined when both are folders, or both streams. */
export function otherKind(dataDir: string, valDir: string | undefined): string | undefined {
  if (valDir === undefined || isStream(valDir) === isStream(dataDir)) return undefined;
  const kind = (given: string): string => (isStream(given) ? 'a stream' : 'a folder');
  return `--data-dir and --val-dir must both be folders or both be streams; ${dataDir} is ${kind(dataDir)}, ${valDir} is ${kind(valDir)}`;
}

/** Renames options to their current names; if both names are given, the current one counts. */
export function renamed<T extends object>(options: T): T {
  const { holdOut, patience, ...rest } = options as T & { holdOut?: number; patience?: number };
  const now = { [otherNames.holdOut]: holdOut, [otherNames.patience]: patience };
  return { ...present(now), ...present(rest) } as T;
}

/**
 * Merges the given and preset options of a new run. If both a backbone and a half model are set, the command
 * line decides.
 * @throws when environment and project file set both
 */
export function withOneStart(given: GivenOptions, preset: GivenOptions): GivenOptions {
  const all = { ...withoutRivals(preset, given), ...given };
  if (all.backbone === undefined || all.halfWeightDir === undefined) return all;
  if (given.backbone !== undefined) return { ...all, halfWeightDir: undefined, inputScale: undefined };
  if (given.halfWeightDir !== undefined) return { ...all, backbone: undefined };
  throw new Error(
    'the environment or the project file sets both backbone and half-weight-dir; choose one of them on the command line',
  );
}

/**
 * The presets that do not contradict the command line.
 * @throws when the presets contradict each other
 */
function withoutRivals(preset: GivenOptions, given: GivenOptions): GivenOptions {
  if (given.valDir !== undefined) return { ...preset, validationSplit: undefined };
  if (given.validationSplit !== undefined) return { ...preset, valDir: undefined };
  if (preset.valDir === undefined || preset.validationSplit === undefined) return preset;
  throw new Error(
    'the environment or the project file sets both val-dir and validation-split; choose one of them on the command line',
  );
}

/**
 * The options of a new run, with defaults filled in.
 * @param half the training options of the half model or backbone that it starts from
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

/** The ranges of augmentation; undefined without augmentation. */
export function rangesOf({ augment, ...options }: RunOptions): AugmentationRanges | undefined {
  if (!augment) return undefined;
  const own = ranges.map((name) => [name, options[name] ?? defaultRanges[name]]);
  return Object.fromEntries(own) as unknown as AugmentationRanges;
}

/** Options that do not change the final weights, or only after the epochs already done. */
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
 * The options of a resumed run: the checkpoint's, except for those that may change.
 * @param name the checkpoint's name, for errors
 * @throws naming each given option that differs from the checkpoint
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
      `--epochs is ${stored.epochs} in the checkpoint, ${given.epochs} on the command line; the cosine schedule depends on it`,
    );
  }
  if (conflicts.length > 0) {
    throw new Error(
      `${name}: ${conflicts.join('; ')}. Leave these options out to resume, or start over with --overwrite`,
    );
  }
  const { numClasses: _, ...changed } = present(given);
  // `strict` belongs to the command, not to the run: a stored value could not be switched off again.
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

/** The option of a key: `--batch-size` for `batchSize`. */
export function flag(key: string): string {
  return `--${kebabCase(key)}`;
}

/** An option with its value; a switch as it is given: `--rotate` or `--no-flip`. */
function spelled(key: string, value: unknown): string {
  return value === false ? `--no-${kebabCase(key)}` : flag(key);
}

function present<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
