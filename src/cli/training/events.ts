/** What happens in a training, for whoever shows it. `--json-lines` prints each as it stands. */
import type { ModelType } from '../../models/model.ts';
import type { EpochRecord } from '../../train/progress.ts';

export type TrainEvent =
  | StartEvent
  | StepEvent
  | TeachingEvent
  | FeaturesEvent
  | ValidatingEvent
  | EvaluatingEvent
  | EpochEvent
  | CheckpointEvent
  | SkippedEvent
  | { readonly event: 'warning'; readonly message: string }
  /** What was found, assumed and chosen: of the backbone, of the images, of the options; a line. */
  | { readonly event: 'note'; readonly message: string }
  /** A signal has come; the step that runs is the last. */
  | { readonly event: 'stopping'; readonly signal: NodeJS.Signals }
  | InterruptedEvent
  | DoneEvent
  | { readonly event: 'error'; readonly message: string };

/** Tells whoever shows the training. */
export type Emit = (event: TrainEvent) => void;

export interface StartEvent {
  readonly event: 'start';
  readonly type: ModelType;
  readonly dataDir: string;
  readonly images: number;
  /** Test images that the best epoch is chosen on. Of the three that follow, one at most: none is no validation. */
  readonly testImages?: number;
  /** Training images that are held out, to choose it on. */
  readonly heldOutImages?: number;
  /** The folder or stream that they are held out of. */
  readonly heldOutOf?: string;
  /** Images of a folder of their own, to choose it on. */
  readonly validationImages?: number;
  /** That folder. */
  readonly validationDir?: string;
  /** Of a half model: why there is no validation. */
  readonly notValidated?: string;
  /** What a head is taught on, as it was named. */
  readonly backbone?: string;
  /** Absent where class folders play no part. */
  readonly classes?: number;
  readonly imSize: number;
  readonly batchSize: number;
  readonly epochs: number;
  /** As many as there are if every image can be read. */
  readonly stepsPerEpoch: number;
  readonly optimizer: string;
  readonly schedule: string;
  readonly device: string;
  readonly results: string;
  /** Where the checkpoint stands, when the run goes on from one. */
  readonly resumedFrom?: { readonly epoch: number; readonly step: number };
}

export interface StepEvent {
  readonly event: 'step';
  readonly epoch: number;
  /** From 1. */
  readonly step: number;
  readonly steps: number;
  /** Means over the epoch so far. */
  readonly loss: number;
  readonly accuracy?: number;
  readonly learningRate: number;
  readonly imagesPerSecond: number;
  /** Share of the time in which the steps waited for images, 0 to 1. */
  readonly dataWait: number;
  /** Of the whole training; absent while it cannot be told. */
  readonly secondsLeft?: number;
}

/** The soft labels that a tied expansion is taught by, before the first step. */
export interface TeachingEvent {
  readonly event: 'teaching';
  readonly done: number;
  readonly images: number;
}

/** What the frozen body makes of each picture, before the first step. */
export interface FeaturesEvent {
  readonly event: 'features';
  readonly done: number;
  readonly images: number;
}

export interface ValidatingEvent {
  readonly event: 'validating';
  readonly epoch: number;
  readonly done: number;
  readonly images: number;
}

/** All epochs are done; the best weights are judged for the report. */
export interface EvaluatingEvent {
  readonly event: 'evaluating';
  readonly done: number;
  readonly images: number;
}

export interface EpochEvent extends EpochRecord {
  readonly event: 'epoch';
  readonly best: boolean;
}

export interface CheckpointEvent {
  readonly event: 'checkpoint';
  readonly file: string;
  /** Where a run that resumes goes on: after this step of this epoch. */
  readonly epoch: number;
  readonly step: number;
}

export interface SkippedEvent {
  readonly event: 'skipped';
  readonly file: string;
  readonly reason: string;
}

export interface InterruptedEvent {
  readonly event: 'interrupted';
  readonly signal: NodeJS.Signals;
  readonly epoch: number;
  readonly step: number;
  /** Absent when there is none yet: then there is nothing to go on with either. */
  readonly checkpoint?: string;
  /** The command that goes on. */
  readonly resume?: string;
}

export interface DoneEvent {
  readonly event: 'done';
  readonly epochs: number;
  /** Of this process. */
  readonly seconds: number;
  readonly bestEpoch: number;
  /** Early stopping ended it, after so many epochs that were not the best; absent: all epochs were trained. */
  readonly stoppedAfter?: number;
  readonly bestWeights: string;
  /** Share of the test images that the best weights predict right, where no epoch was chosen on them. */
  readonly testAccuracy?: number;
  /** Absent when it could not be written. */
  readonly report?: string;
  /** Images that cannot be read. */
  readonly skipped: number;
  /** They are listed there. */
  readonly skippedList?: string;
  /** True when all epochs had been done before. */
  readonly nothingToDo: boolean;
}
