/** A run as its checkpoint keeps it. */
import { decodeCheckpoint, encodeCheckpoint } from '../../train/checkpoint-file.ts';
import { type Checkpoint, isOver } from '../../train/loop.ts';
import type { Progress } from '../../train/progress.ts';
import type { ChosenOn } from './chosen-on.ts';
import type { LogPosition } from './event-log.ts';
import type { Fingerprint } from './fingerprint.ts';
import { type RunOptions, renamed } from './run-options.ts';

export interface StoredRun extends Checkpoint {
  readonly options: RunOptions;
  /** Of the images it trains and is validated on. */
  readonly data: Fingerprint;
  /** Digest of the backbone's file. */
  readonly backbone?: string;
  /** The pictures that choose the best weights; absent in early checkpoints. */
  readonly chosenOn?: ChosenOn;
  /** Images that could not be read, with the reason; their paths within the data's folder. They are not tried again. */
  readonly unreadable: readonly (readonly [path: string, reason: string])[];
  readonly log: LogPosition;
  /** Spent on it so far, by all processes. */
  readonly seconds: number;
}

export function encodeRun({ tensors, ...content }: StoredRun): Uint8Array {
  return encodeCheckpoint({ content, tensors });
}

/** @param name stands in the errors @throws when the bytes are no checkpoint, or a damaged one */
export function decodeRun(bytes: Uint8Array, name: string): StoredRun {
  const { content, tensors } = decodeCheckpoint<Omit<StoredRun, 'tensors'>>(bytes, name);
  return { ...content, options: renamed(content.options), tensors };
}

/** Whether all epochs are trained, or early stopping has ended it. */
export function isDone(progress: Progress, { epochs, earlyStopping }: RunOptions): boolean {
  return isOver(progress, { epochs, patience: earlyStopping });
}

/** How far it has come: epochs that are done, and steps of the next. */
export function standing({ epoch, pass }: Progress): { epoch: number; step: number } {
  return { epoch, step: pass.steps };
}
