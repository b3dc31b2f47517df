/** How training is seen at the terminal: a bar for the epoch that runs, a line for each that has ended. */
import { SingleBar } from 'cli-progress';
import type { EpochRecord, StepReport } from '../train/loop.ts';

export class TrainingProgress {
  readonly #epochs: number;
  readonly #steps: number;
  readonly #bar: SingleBar;
  readonly #start: number = performance.now();
  #done = 0;

  constructor(epochs: number, stepsPerEpoch: number) {
    this.#epochs = epochs;
    this.#steps = stepsPerEpoch;
    this.#bar = new SingleBar({
      format: 'epoch {epoch} {bar} {value}/{total}  {figures}  {left} left',
      barsize: 24,
      clearOnComplete: true,
      hideCursor: true,
      stream: process.stderr,
    });
  }

  step(report: StepReport): void {
    this.#done++;
    const perStep = (performance.now() - this.#start) / this.#done / 1000;
    const left = (this.#epochs * this.#steps - this.#done) * perStep;
    const payload = {
      epoch: `${report.epoch}/${this.#epochs}`,
      figures: figures(report.loss, report.accuracy, report.imagesPerSecond),
      left: duration(left),
    };
    if (report.step === 1) this.#bar.start(this.#steps, 0, payload);
    this.#bar.update(report.step, payload);
  }

  epoch(record: EpochRecord, best: boolean): void {
    this.#bar.stop();
    const validation =
      record.valAccuracy === undefined
        ? ''
        : `  validation: loss ${record.valLoss?.toFixed(4)}, accuracy ${percent(record.valAccuracy)}`;
    const width = String(this.#epochs).length;
    console.log(
      `epoch ${String(record.epoch).padStart(width)}/${this.#epochs}  ` +
        `${figures(record.loss, record.accuracy, record.imagesPerSecond)}${validation}${best ? '  (best)' : ''}`,
    );
  }

  /** Takes the bar away, as when training fails: a bar left behind would keep the program running. */
  stop(): void {
    this.#bar.stop();
  }

  /** A line above the bar, which is drawn anew at the next step. */
  note(text: string): void {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[2K');
    console.error(text);
  }
}

/** A bar that counts, such as scenes written; it shows with the first and goes when stopped. */
export class CountingBar {
  readonly #bar: SingleBar;

  constructor(what: string) {
    this.#bar = new SingleBar({
      format: `${what} {bar} {value}/{total}`,
      barsize: 24,
      clearOnComplete: true,
      hideCursor: true,
      stream: process.stderr,
    });
  }

  update(done: number, total: number): void {
    if (this.#bar.isActive) this.#bar.update(done);
    else this.#bar.start(total, done);
  }

  stop(): void {
    this.#bar.stop();
  }
}

function figures(loss: number, accuracy: number | undefined, imagesPerSecond: number): string {
  const rate = `${imagesPerSecond.toFixed(1)} images/s`;
  return `loss ${loss.toFixed(4)}${accuracy === undefined ? '' : `, accuracy ${percent(accuracy)}`}, ${rate}`;
}

/** A share as `93.2 %`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** `1 epoch`, `2 epochs`. */
export function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

/** A span of time as `12 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  const minutes = Math.floor(seconds / 60);
  if (minutes >= 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return minutes > 0 ? `${minutes} min ${Math.round(seconds % 60)} s` : `${Math.round(seconds)} s`;
}
