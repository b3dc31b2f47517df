/** A run as stored in its checkpoint. */
import { decodeCheckpoint, encodeCheckpoint } from '../../train/checkpoint-file.ts';
import { type Checkpoint, isOver } from '../../train/loop.ts';
import type { Progress } from '../../train/progress.ts';
import type { ChosenOn } from './chosen-on.ts';
import type { LogPosition } from './event-log.ts';
import type { Fingerprint } from './fingerprint.ts';
import { type RunOptions, renamed } from './run-options.ts';

export interface StoredRun extends Checkpoint {
  readonly options: RunOptions;
  /** The fingerprint of the images for training and validation. */
  readonly data: Fingerprint;
  /** Digest of the backbone's file. */
  readonly backbone?: string;
  /** The pictures that choose the best weights; absent in early checkpoints. */
  readonly chosenOn?: ChosenOn;
  /** Unreadable images, by path within the data's folder, with the reason. They are not tried again. */
  readonly unreadable: readonly (readonly [path: string, reason: string])[];
  readonly log: LogPosition;
  /** Time spent on the run so far, over all processes. */
  readonly seconds: number;
}

export function encodeRun({ tensors, ...content }: StoredRun): Uint8Array {
  return encodeCheckpoint({ content, tensors });
}

/**
 * @param name the file's name, for errors
 * @throws when the bytes are not a checkpoint, or damaged
 */
export function decodeRun(bytes: Uint8Array, name: string): StoredRun {
  const { content, tensors } = decodeCheckpoint<Omit<StoredRun, 'tensors'>>(bytes, name);
  return { ...content, options: renamed(content.options), tensors };
}

/** Whether all epochs are done, or early stopping has ended the training. */
export function isDone(progress: Progress, { epochs, earlyStopping }: RunOptions): boolean {
  return isOver(progress, { epochs, patience: earlyStopping });
}

/** The position of a run: epochs done, and steps of the next one. */
export function standing({ epoch, pass }: Progress): { epoch: number; step: number } {
  return { epoch, step: pass.steps };
}
