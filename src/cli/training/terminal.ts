/**
 * Shows a training at the terminal: a line for each finished epoch, and a bar for the current one. Without a
 * terminal for a bar, a long epoch prints a line every 30 seconds.
 */
import { SingleBar } from 'cli-progress';
import { count } from '../../text/count.ts';
import { duration } from '../../text/duration.ts';
import { percent } from '../../text/percent.ts';
import { printable } from '../../text/printable.ts';
import type { DoneEvent, Emit, EpochEvent, StartEvent, StepEvent, TrainEvent } from './events.ts';

export interface Terminal {
  readonly emit: Emit;
  /** Removes the bar, for example when training fails: otherwise its timer would keep the program running. */
  stop(): void;
}

export interface TerminalOptions {
  /** Prints a line of the results; default: to standard output. */
  readonly print?: (line: string) => void;
  /** Prints another line; default: to standard error. */
  readonly note?: (line: string) => void;
  /** Where the bar is drawn, if it is a terminal; default: standard error. */
  readonly stream?: NodeJS.WriteStream;
  /** The clock, in milliseconds. */
  readonly now?: () => number;
}

/** Milliseconds between lines within an epoch, without a bar. */
const lineEvery = 30_000;
/**
 * Milliseconds between lines of a head's epochs, which are faster than one can read. The last epoch always
 * has a line.
 */
const epochEvery = 500;

export function terminal({
  print = (line) => console.log(line),
  note = (line) => console.error(line),
  stream = process.stderr,
  now = () => performance.now(),
}: TerminalOptions = {}): Terminal {
  let epochs = 0;
  let lastLine = now();
  let pause = 0;
  let lastEpoch = Number.NEGATIVE_INFINITY;
  /** The line of the last epoch, when it came too early to be printed. */
  let unprinted: string | undefined;
  const printRest = (): void => {
    if (unprinted !== undefined) print(unprinted);
    unprinted = undefined;
  };
  const bar = stream.isTTY ? new Bar(stream) : undefined;

  const running = (label: string, done: number, total: number, figures: readonly string[] = []): void => {
    if (bar) {
      bar.show(label, done, total, figures);
    } else if (now() - lastLine >= lineEvery) {
      lastLine = now();
      note([label, `${done}/${total}`, ...figures].join('  '));
    }
  };
  const emit: Emit = (event: TrainEvent) => {
    switch (event.event) {
      case 'start':
        epochs = event.epochs;
        pause = event.backbone === undefined ? 0 : epochEvery;
        lastLine = now();
        return startLines(event).forEach(print);
      case 'step':
        return running(`epoch ${event.epoch}/${epochs}`, event.step, event.steps, stepFigures(event));
      case 'teaching':
        return running('soft labels', event.done, event.images);
      case 'features':
        return running('features', event.done, event.images);
      case 'validating':
        return running(`epoch ${event.epoch}/${epochs} validating`, event.done, event.images);
      case 'evaluating':
        return running('evaluating the best weights', event.done, event.images);
      case 'epoch':
        bar?.stop();
        lastLine = now();
        unprinted = epochLine(event, epochs);
        if (now() - lastEpoch < pause) return;
        lastEpoch = now();
        return printRest();
      case 'checkpoint':
        return;
      case 'skipped':
        bar?.clear();
        return note(printable(`skipped ${event.file}: ${event.reason}`));
      case 'warning':
        bar?.clear();
        return note(`warning: ${event.message}`);
      case 'note':
        return note(event.message);
      case 'stopping':
        bar?.stop();
        return note(
          `${event.signal}: stopping after the current step, once a checkpoint is saved; a second signal stops at once`,
        );
      case 'interrupted':
        bar?.stop();
        printRest();
        if (!event.checkpoint)
          return print(`interrupted ${place(event)}; there is no checkpoint to resume from`);
        print(`interrupted ${place(event)}; the checkpoint: ${event.checkpoint}`);
        return print(`to resume: ${event.resume}`);
      case 'done':
        bar?.stop();
        printRest();
        return doneLines(event).forEach(print);
      case 'error':
        return bar?.stop();
    }
  };
  return { emit, stop: () => bar?.stop() };
}

function startLines(event: StartEvent): string[] {
  const { type, backbone, images, testImages, heldOutImages, heldOutOf, classes, imSize } = event;
  const { validationImages, validationDir, notValidated } = event;
  const { batchSize, epochs, device, resumedFrom } = event;
  const tested =
    heldOutImages !== undefined
      ? `validated on ${heldOutImages} more, held out of ${heldOutOf}`
      : validationImages !== undefined
        ? `validated on ${validationImages} of ${validationDir}`
        : testImages === undefined
          ? `not validated (${notValidated})`
          : `validated on ${testImages}`;
  const of = classes === undefined ? '' : ` of ${classes} classes`;
  const line =
    `train ${type}${backbone === undefined ? '' : ` on ${backbone}`}: ${count(images, 'image')}${of}${type === 'half' ? `, ${tested}` : ''}; ` +
    `${imSize} x ${imSize}, batch ${batchSize}, ${count(epochs, 'epoch')}, device ${device}`;
  return resumedFrom ? [line, `resumed ${place(resumedFrom)}`] : [line];
}

/** A position in words: `after epoch 2, step 40`, `after epoch 2`. */
export function place({ epoch, step }: { readonly epoch: number; readonly step: number }): string {
  if (step > 0) return `after epoch ${epoch}, step ${step}`;
  return epoch > 1 ? `after epoch ${epoch - 1}` : 'before the first step';
}

function stepFigures({ loss, accuracy, imagesPerSecond, dataWait, secondsLeft }: StepEvent): string[] {
  return [
    `loss ${loss.toFixed(loss < 1 ? 4 : 3)}`,
    ...(accuracy === undefined ? [] : [`acc ${percent(accuracy, 0)}`]),
    `data ${percent(dataWait, 0)}`,
    `${rate(imagesPerSecond)} img/s`,
    ...(secondsLeft === undefined ? [] : [`${roughly(secondsLeft)} left`]),
  ];
}

/** As `duration`, but without seconds from two minutes on. */
function roughly(seconds: number): string {
  return seconds >= 120 && seconds < 3600 ? `${Math.round(seconds / 60)} min` : duration(seconds);
}

function epochLine(event: EpochEvent, epochs: number): string {
  const { epoch, loss, accuracy, valLoss, valAccuracy, seconds, imagesPerSecond, dataWait, best } = event;
  const figures = (of: number, share: number | undefined): string =>
    `loss ${of.toFixed(4)}${share === undefined ? '' : `, accuracy ${percent(share)}`}`;
  return [
    `epoch ${String(epoch).padStart(String(epochs).length)}/${epochs}`,
    figures(loss, accuracy),
    ...(valLoss === undefined ? [] : [`validation: ${figures(valLoss, valAccuracy)}`]),
    `${duration(seconds)}, ${rate(imagesPerSecond)} images/s, data ${percent(dataWait, 0)}`,
    ...(best ? ['(best)'] : []),
  ].join('  ');
}

function doneLines({
  nothingToDo,
  epochs,
  seconds,
  bestEpoch,
  stoppedAfter,
  bestWeights,
  testAccuracy,
  ...rest
}: DoneEvent): string[] {
  const best = `the best weights, of epoch ${bestEpoch}: ${bestWeights}`;
  const early = `stopped early after ${count(epochs, 'epoch')}: no improvement since epoch ${bestEpoch} (--early-stopping ${stoppedAfter})`;
  if (nothingToDo && stoppedAfter !== undefined) {
    return [`nothing to do: the training ${early}; a larger number continues it; ${best}`];
  }
  if (nothingToDo) {
    return [`nothing to do: all ${count(epochs, 'epoch')} are done (a larger --epochs continues); ${best}`];
  }
  const skipped = `${count(rest.skipped, 'unreadable image')} skipped; see ${rest.skippedList}`;
  return [
    ...(rest.skipped > 0 ? [skipped] : []),
    ...(stoppedAfter === undefined ? [] : [early]),
    `done in ${duration(seconds)}; ${best}`,
    ...(testAccuracy === undefined
      ? []
      : [`they classify ${percent(testAccuracy)} of the test images correctly`]),
    ...(rest.report ? [`the report, for a browser: ${rest.report}`] : []),
  ];
}

function rate(imagesPerSecond: number): string {
  return imagesPerSecond.toFixed(imagesPerSecond < 100 ? 1 : 0);
}

/** A bar on one line of the terminal. */
class Bar {
  readonly #stream: NodeJS.WriteStream;
  readonly #bar: SingleBar;
  #label = '';

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.#bar = new SingleBar({
      format: (_options, { value, total }, { label, figures }) =>
        barLine(label, value, total, figures, (stream.columns ?? 80) - 1),
      clearOnComplete: true,
      // The cursor stays visible: a process that is killed could not restore it.
      hideCursor: false,
      linewrap: true,
      stream,
    });
  }

  show(label: string, done: number, total: number, figures: readonly string[]): void {
    if (label !== this.#label || !this.#bar.isActive) {
      this.#label = label;
      this.#bar.start(total, done, { label, figures });
    }
    this.#bar.update(done, { label, figures });
  }

  /** Clears its line for other output; the next step draws the bar again. */
  clear(): void {
    if (this.#bar.isActive) this.#stream.write('\r\x1b[2K');
  }

  stop(): void {
    this.#bar.stop();
  }
}

/**
 * `epoch 3/12 ████░░░░ 120/300  loss 1.2345  acc 45.2 %`: the bar fills the remaining columns in steps of
 * four, at most 24. When even the figures do not fit, they are omitted from the second last on: the remaining
 * time is the most useful.
 */
export function barLine(
  label: string,
  done: number,
  total: number,
  figures: readonly string[],
  columns: number,
): string {
  const after = [`${String(done).padStart(String(total).length)}/${total}`, ...figures].join('  ');
  const room = columns - label.length - after.length - 2;
  if (room < -1 && figures.length > 1) return barLine(label, done, total, figures.toSpliced(-2, 1), columns);
  const width = Math.min(24, room - (room % 4));
  if (width < 4) return `${label} ${after}`.slice(0, columns);
  const filled = Math.round((done / total) * width);
  return `${label} ${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${after}`;
}
