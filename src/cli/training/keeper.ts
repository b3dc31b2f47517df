/** Keeps a run: what each epoch leaves, and checkpoints. */
import { encodeModel } from '../../models/model-file.ts';
import type { Checkpoint, EpochEnd, SaveReason } from '../../train/loop.ts';
import { EventLog } from './event-log.ts';
import type { Emit } from './events.ts';
import type { RunImages } from './images.ts';
import { describeTraining } from './model-files.ts';
import type { Plan } from './plan.ts';
import { files, type RunFolder } from './run-folder.ts';
import { encodeEpoch } from './scalars.ts';
import { encodeRun, standing } from './stored-run.ts';
import { place } from './terminal.ts';

export class RunKeeper {
  readonly #plan: Plan;
  readonly #folder: RunFolder;
  readonly #images: RunImages;
  readonly #log: EventLog;
  readonly #emit: Emit;
  /** The checkpoint on the disk. */
  #kept: { readonly epoch: number; readonly step: number } | undefined;
  #unreadable = 0;

  private constructor(plan: Plan, folder: RunFolder, images: RunImages, log: EventLog, emit: Emit) {
    this.#plan = plan;
    this.#folder = folder;
    this.#images = images;
    this.#log = log;
    this.#emit = emit;
    this.#kept = plan.stored && standing(plan.stored.progress);
  }

  static async open(plan: Plan, folder: RunFolder, images: RunImages, emit: Emit): Promise<RunKeeper> {
    await folder.tidy();
    const { stored } = plan;
    const log = stored
      ? await EventLog.resume(folder.logs, stored.log, () =>
          stored.progress.history.map((record) => encodeEpoch(record)),
        )
      : EventLog.new(folder.logs);
    return new RunKeeper(plan, folder, images, log, emit);
  }

  /** Tells of an epoch, and has its files written with the next checkpoint. */
  epoch({ model, history, best }: EpochEnd): void {
    const { options } = this.#plan;
    const record = history[history.length - 1];
    this.#emit({ event: 'epoch', ...record, best });
    const bytes = encodeModel({ ...model, training: describeTraining(options, record) });
    this.#folder.stage(files.last, bytes);
    if (best) this.#folder.stage(files.best, bytes);
    const text = JSON.stringify({ type: options.type, epochs: history }, null, 2);
    this.#folder.stage(files.history, `${text}\n`);
    this.#log.add(encodeEpoch(record));
  }

  /** Where the checkpoint on the disk stands, in words; nothing when there is none. */
  get lastGood(): string | undefined {
    return this.#kept && `the last good checkpoint is the one ${place(this.#kept)}`;
  }

  /**
   * Writes the checkpoint and what it counts on. Where that fails the one before stays good, and training goes on, unless
   * this was the last chance.
   */
  async save({ progress, tensors }: Checkpoint, reason: SaveReason): Promise<boolean> {
    const { options, data } = this.#plan;
    const { unreadable } = this.#images;
    if (unreadable.length > this.#unreadable) {
      const lines = unreadable.map(([path, why]) => `${path}\t${why}\n`);
      this.#folder.stage(files.unreadable, lines.join(''));
      this.#unreadable = unreadable.length;
    }
    try {
      await this.#log.flush();
      const run = { options, data, unreadable, log: this.#log.position, progress, tensors };
      await this.#folder.save(encodeRun(run));
    } catch (error) {
      if (reason === 'end' || reason === 'stop') throw error;
      const message = `${(error as Error).message}; ${this.lastGood ?? 'there is no checkpoint yet'}`;
      this.#emit({ event: 'warning', message });
      return false;
    }
    this.#kept = standing(progress);
    this.#emit({ event: 'checkpoint', file: this.#folder.path(files.checkpoint), ...this.#kept });
    return true;
  }
}
