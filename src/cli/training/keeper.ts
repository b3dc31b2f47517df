/** Saves a run: the files of each epoch, and checkpoints. */
import { historyCsv } from '../../report/training-history.ts';
import { printable } from '../../text/printable.ts';
import type { Checkpoint, EpochEnd, SaveReason } from '../../train/loop.ts';
import { EventLog } from './event-log.ts';
import type { Emit } from './events.ts';
import type { RunImages } from './images.ts';
import { encodeEpoch, encodeSheet } from './log-records.ts';
import { describeTraining } from './model-files.ts';
import type { RunParts } from './parts.ts';
import type { Plan } from './plan.ts';
import { files, type RunFolder } from './run-folder.ts';
import type { RunSamples } from './samples.ts';
import { encodeRun, standing } from './stored-run.ts';
import { place } from './terminal.ts';
import type { Trainee } from './trainee.ts';
import { withModel } from './with-model.ts';

/**
 * Whether an epoch logs pictures to TensorBoard: the first, the last, and about `times` in between, at least
 * five epochs apart.
 */
function picturesDue(epoch: number, epochs: number, times: number): boolean {
  return epoch === 1 || epoch === epochs || epoch % Math.max(5, Math.round(epochs / times)) === 0;
}

/** Seconds between checkpoints when epochs are quick. */
const quickPause = 5;

export class RunKeeper {
  readonly #plan: Plan;
  readonly #folder: RunFolder;
  readonly #images: RunImages;
  readonly #trainee: Trainee;
  readonly #samples: RunSamples;
  readonly #log: EventLog;
  readonly #emit: Emit;
  /** The position of the checkpoint on the disk. */
  #kept: { readonly epoch: number; readonly step: number } | undefined;
  #unreadable = 0;
  #savedAt: number = performance.now();
  readonly #began: number = performance.now();

  private constructor({ plan, folder, images, trainee, samples }: RunParts, log: EventLog, emit: Emit) {
    this.#plan = plan;
    this.#folder = folder;
    this.#images = images;
    this.#trainee = trainee;
    this.#samples = samples;
    this.#log = log;
    this.#emit = emit;
    this.#kept = plan.stored && standing(plan.stored.progress);
  }

  static async open(parts: RunParts, emit: Emit): Promise<RunKeeper> {
    const { folder, plan } = parts;
    const { stored } = plan;
    const log = stored
      ? await EventLog.resume(folder.logs, stored.log, () =>
          stored.progress.history.map((record) => encodeEpoch(record)),
        )
      : EventLog.new(folder.logs);
    return new RunKeeper(parts, log, emit);
  }

  /** Time spent on the run so far, in seconds, over all processes. */
  get seconds(): number {
    return (this.#plan.stored?.seconds ?? 0) + (performance.now() - this.#began) / 1000;
  }

  /** Reports an epoch, and stages its files for the next checkpoint. */
  async epoch({ weights, history, best }: EpochEnd): Promise<void> {
    const { options } = this.#plan;
    const { quick } = this.#trainee;
    const record = history[history.length - 1];
    this.#emit({ event: 'epoch', ...record, best });
    let made: Promise<Uint8Array> | undefined;
    // Only the best weights have been chosen; those of a full model classify as its half model does.
    const chosen = best || options.type === 'full' ? this.#plan.chosenOn : undefined;
    const bytes = (): Promise<Uint8Array> => {
      made ??= this.#trainee.encode(weights, describeTraining(options, record, chosen));
      return made;
    };
    this.#folder.stage(files.last, bytes);
    if (best) this.#folder.stage(files.best, bytes);
    const text = JSON.stringify({ type: options.type, epochs: history }, null, 2);
    this.#folder.stage(files.history, `${text}\n`);
    this.#folder.stage(files.historyCsv, historyCsv(history));
    this.#log.add(encodeEpoch(record));
    if (picturesDue(record.epoch, options.epochs, quick ? 4 : 20)) {
      await this.#addPictures(await bytes(), record.epoch);
    }
  }

  /** Failure is not an error: the pictures are only for viewing. */
  async #addPictures(model: Uint8Array, epoch: number): Promise<void> {
    const { device } = this.#plan.options;
    try {
      const samples = await withModel(model, device, (loaded) => this.#samples.explain(loaded));
      if (samples.length > 0) this.#log.add(encodeSheet(epoch, samples));
    } catch (error) {
      const message = `no pictures of epoch ${epoch} for TensorBoard: ${(error as Error).message}`;
      this.#emit({ event: 'warning', message });
    }
  }

  /** The position of the checkpoint on the disk, in words; undefined without one. */
  get lastGood(): string | undefined {
    return this.#kept && `the last good checkpoint was saved ${place(this.#kept)}`;
  }

  /**
   * Writes the checkpoint and the files that it depends on. If that fails, the previous checkpoint stays
   * valid and training continues, unless this was the last checkpoint. With quick epochs, only some are
   * saved.
   */
  async save({ progress, tensors }: Checkpoint, reason: SaveReason): Promise<boolean> {
    const { options, data, backbone, chosenOn } = this.#plan;
    const { unreadable } = this.#images;
    const mayWait = this.#trainee.quick && (reason === 'pass' || reason === 'epoch');
    if (mayWait && performance.now() - this.#savedAt < 1000 * quickPause) return false;
    if (unreadable.length > this.#unreadable) {
      const lines = unreadable.map(([path, why]) => `${printable(path)}\t${printable(why)}\n`);
      this.#folder.stage(files.unreadable, lines.join(''));
      this.#unreadable = unreadable.length;
    }
    try {
      await this.#log.flush();
      const log = this.#log.position;
      const { seconds } = this;
      const { unreadableFromStart } = this.#images;
      const run = {
        options,
        data,
        backbone,
        chosenOn,
        unreadable: unreadableFromStart,
        log,
        seconds,
        progress,
        tensors,
      };
      await this.#folder.save(encodeRun(run));
    } catch (error) {
      if (reason === 'end' || reason === 'stop') throw error;
      const message = `${(error as Error).message}; ${this.lastGood ?? 'there is no checkpoint yet'}`;
      this.#emit({ event: 'warning', message });
      return false;
    }
    this.#savedAt = performance.now();
    this.#kept = standing(progress);
    this.#emit({ event: 'checkpoint', file: this.#folder.path(files.checkpoint), ...this.#kept });
    return true;
  }
}
