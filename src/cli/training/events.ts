/** The events of a training, for display. `--json-lines` prints each of them as it is. */
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
  /** A line about what was found, assumed or chosen: backbone, images or options. */
  | { readonly event: 'note'; readonly message: string }
  /** A signal has arrived; the current step is the last. */
  | { readonly event: 'stopping'; readonly signal: NodeJS.Signals }
  | InterruptedEvent
  | DoneEvent
  | { readonly event: 'error'; readonly message: string };

/** Reports an event to the display. */
export type Emit = (event: TrainEvent) => void;

export interface StartEvent {
  readonly event: 'start';
  readonly type: ModelType;
  readonly dataDir: string;
  readonly images: number;
  /**
   * Number of test images that choose the best epoch. At most one of this and the next three is present;
   * none: no validation.
   */
  readonly testImages?: number;
  /** Number of training images held out to choose the best epoch. */
  readonly heldOutImages?: number;
  /** The folder or stream that they are held out of. */
  readonly heldOutOf?: string;
  /** Number of images in a separate folder that chooses the best epoch. */
  readonly validationImages?: number;
  /** That folder. */
  readonly validationDir?: string;
  /** Why a half model is not validated. */
  readonly notValidated?: string;
  /** The backbone of a head, as given. */
  readonly backbone?: string;
  /** Number of classes; absent where class folders are not used. */
  readonly classes?: number;
  readonly imSize: number;
  readonly batchSize: number;
  readonly epochs: number;
  /** Steps an epoch if every image can be read. */
  readonly stepsPerEpoch: number;
  readonly optimizer: string;
  readonly schedule: string;
  readonly device: string;
  readonly results: string;
  /** The position of the checkpoint, when the run resumes. */
  readonly resumedFrom?: { readonly epoch: number; readonly step: number };
}

/** A training step is done. */
export interface StepEvent {
  readonly event: 'step';
  readonly epoch: number;
  /** From 1. */
  readonly step: number;
  readonly steps: number;
  /** Mean over the epoch so far. */
  readonly loss: number;
  readonly accuracy?: number;
  readonly learningRate: number;
  readonly imagesPerSecond: number;
  /** Share of the time in which steps waited for images, in [0, 1]. */
  readonly dataWait: number;
  /** Remaining time of the whole training; absent while unknown. */
  readonly secondsLeft?: number;
}

/** Progress of the soft labels for a tied expansion, before the first step. */
export interface TeachingEvent {
  readonly event: 'teaching';
  readonly done: number;
  readonly images: number;
}

/** Progress of the frozen body's features, before the first step. */
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

/** All epochs are done; the best weights are evaluated for the report. */
export interface EvaluatingEvent {
  readonly event: 'evaluating';
  readonly done: number;
  readonly images: number;
}

/** An epoch is done. */
export interface EpochEvent extends EpochRecord {
  readonly event: 'epoch';
  readonly best: boolean;
}

/** A checkpoint has been written. */
export interface CheckpointEvent {
  readonly event: 'checkpoint';
  readonly file: string;
  /** The position from which a run resumes: after this step of this epoch. */
  readonly epoch: number;
  readonly step: number;
}

export interface SkippedEvent {
  readonly event: 'skipped';
  readonly file: string;
  readonly reason: string;
}

/** A signal stopped the training at this position. */
export interface InterruptedEvent {
  readonly event: 'interrupted';
  readonly signal: NodeJS.Signals;
  readonly epoch: number;
  readonly step: number;
  /** Absent when there is none yet, and so nothing to resume. */
  readonly checkpoint?: string;
  /** The command that resumes the run. */
  readonly resume?: string;
}

/** The training has ended, and its files are written. */
export interface DoneEvent {
  readonly event: 'done';
  readonly epochs: number;
  /** Time of this process. */
  readonly seconds: number;
  readonly bestEpoch: number;
  /**
   * The number of epochs without improvement after which early stopping ended the training; absent: all
   * epochs were trained.
   */
  readonly stoppedAfter?: number;
  readonly bestWeights: string;
  /** Accuracy of the best weights on the test images, when these did not choose the epoch. */
  readonly testAccuracy?: number;
  /** The report's path; absent when it could not be written. */
  readonly report?: string;
  /** Number of images that cannot be read. */
  readonly skipped: number;
  /** The file that lists them. */
  readonly skippedList?: string;
  /** True when all epochs had already been done. */
  readonly nothingToDo: boolean;
}
