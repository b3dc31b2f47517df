/** `train half`, `train full`: train models on a folder of images or a stream. */
import { dirname } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { defaultRanges } from '../data/batches/augment.ts';
import { usualBuffer } from '../data/streams/shuffled-stream.ts';
import { unlessAborted } from '../data/threads/unless-aborted.ts';
import { expansions, type ModelType } from '../models/model.ts';
import { openRanks } from '../runtime/mpi/open-ranks.ts';
import { count } from '../text/count.ts';
import { Crew } from '../train/crew.ts';
import { optimizers } from '../train/optimizers.ts';
import { scheduleNames } from '../train/schedule.ts';
import { inFolder } from './files.ts';
import { backboneNames } from './models-along.ts';
import {
  channels,
  deviceOption,
  gpuOption,
  imageSize,
  inputScaleOption,
  real,
  resultsName,
  valueRangeOption,
  whole,
} from './options.ts';
import { takesTransport } from './training/backbone.ts';
import type { Emit } from './training/events.ts';
import { jsonLines } from './training/json-lines.ts';
import { type Plan, planRun } from './training/plan.ts';
import { run } from './training/run.ts';
import { files, RunFolder } from './training/run-folder.ts';
import { RunLock } from './training/run-lock.ts';
import {
  defaults,
  type GivenOptions,
  headDefaults,
  misuse,
  type RunOptions,
  renamed,
  streamValidationSplit,
  teachings,
  transportDefaults,
} from './training/run-options.ts';
import { checkSame } from './training/same-on-all.ts';
import { shareFolder } from './training/seen-folder.ts';
import { exitCodes, stopSignals } from './training/stop-signals.ts';
import { terminal } from './training/terminal.ts';

/** The exit code of a rank whose training failed on this rank only. */
const failure = 1;

export function trainCommand(): Command {
  const command = new Command('train').description('train a model on a folder of images');
  const half = command
    .command('half')
    .usage('--data-dir DIR --results-name NAME [options]')
    .description('train a half model: a classifier with a class activation map at 1/16 of the resolution')
    .option('--half-weight-dir <file>', 'half model to continue training from, .onnx or Keras .h5')
    .option(
      '--backbone <name|file>',
      `train only a linear head on a frozen backbone: ${backboneNames.join(', ')}, a file made by hrm import, or an ONNX file that hrm import accepts`,
    );
  const full = command
    .command('full')
    .usage('--data-dir DIR --results-name NAME --half-weight-dir FILE [options]')
    .description(
      'train a full model: an expansion to full resolution on top of a trained half model; predictions do not change',
    )
    .option(
      '--half-weight-dir <file>',
      'the trained half model, .onnx or Keras .h5; or any ONNX classifier, imported or not',
    );
  for (const [type, sub] of [
    ['half', half],
    ['full', full],
  ] as const) {
    describe(sub, type).action(() => trainAs(type, sub));
  }
  return command;
}

function describe(sub: Command, type: ModelType): Command {
  const d = defaults;
  const onBackbone = (name: keyof typeof headDefaults): string =>
    type === 'half' ? `; with --backbone the default is ${headDefaults[name]}` : '';
  const rates = Object.entries(optimizers).map(([name, make]) => `${name} ${make().learningRate}`);
  sub
    .addOption(inputScaleOption())
    .option(
      '--data-dir <dir>',
      `the images: DIR/{train,${type === 'full' ? '' : 'val,'}test}/CLASS/*.jpg${type === 'full' ? '; with --expansion transport any folder of pictures' : ''}; or a stream: tars, Parquet files or a list, with classes, such as train-{000..099}.tar`,
    )
    .option(
      '--shuffle-buffer <n>',
      `for a stream: number of encoded images in the shuffle buffer, which is kept in memory (default ${usualBuffer})`,
      whole(1),
    )
    .requiredOption('--results-name <name>', 'results go to results/NAME, logs to logs/NAME', resultsName)
    .option('--epochs <n>', `passes over the training images${onBackbone('epochs')}`, whole(1), d.epochs)
    .option('--batch-size <n>', `images per step${onBackbone('batchSize')}`, whole(1), d.batchSize)
    .option(
      '--im-size <n>',
      `height and width of the images, a multiple of 32 (default ${d.imSize}, or that of the half model${type === 'half' ? ' or backbone' : ''})`,
      imageSize,
    )
    .option('--channels <n>', `3: RGB; 1: grey (default ${d.channels}, or that of the half model)`, channels)
    .addOption(valueRangeOption())
    .option(
      '--num-classes <n>',
      'expected number of classes; an error if the data have another number',
      whole(2),
    )
    .addOption(
      new Option('--optimizer <name>', `the update rule${onBackbone('optimizer')}`)
        .choices(Object.keys(optimizers))
        .default(d.optimizer),
    )
    .option('--learning-rate <r>', `initial learning rate (default: ${rates.join(', ')})`, real(0, 100))
    .option('--momentum <m>', `momentum of sgd (default ${d.momentum})`, below(1))
    .option('--weight-decay <d>', `weight decay of adamw (default ${d.weightDecay})`, real(0, 100))
    .addOption(
      new Option(
        '--schedule <name>',
        `learning rate schedule: reduced when the loss stops falling, half a cosine, or constant${onBackbone('schedule')}`,
      )
        .choices([...scheduleNames])
        .default(d.schedule),
    )
    .option(
      '--warmup-epochs <n>',
      `with --schedule cosine: epochs over which the learning rate rises (default ${d.warmupEpochs})`,
      real(0, 1e6),
    );
  const stopping = `stop after this many epochs without improvement${onBackbone('earlyStopping')}`;
  sub.option('--early-stopping <n>', stopping, whole(1));
  if (type === 'half') {
    sub
      .option(
        '--val-dir <dir>',
        'validation set, which chooses the best epoch: DIR/CLASS/*.jpg, or a stream if --data-dir is one; default: the folder val of the data; without one, the test images, or with --backbone a share of the training images',
      )
      .option(
        '--validation-split <share>',
        `share of each class's training images that is held out to choose the best epoch${onBackbone('validationSplit')} if there is no folder val; for a stream it is ${streamValidationSplit}`,
        below(1),
      )
      .option(
        '--class-weights <weights>',
        "weight of each class's images in the loss: auto (all classes count the same); name=weight,...; or a JSON file",
      )
      .option(
        '--label-smoothing <s>',
        'share of the target probability that is spread over all classes',
        real(0, 1),
        d.labelSmoothing,
      )
      .option(
        '--l2 <r>',
        `with --backbone: weight of the L2 penalty in the loss (default ${headDefaults.l2})`,
        real(0, 100),
      )
      .option('--hold-out <share>', 'with --backbone: another name for --validation-split', below(1))
      .option('--patience <n>', 'with --backbone: another name for --early-stopping', whole(1));
  } else {
    sub.addOption(
      new Option(
        '--expansion <how>',
        "how the map gets its full resolution. For any classifier: transport, which moves the evidence of the low-res map to the pixels where it belongs. For this project's own network also high-res features: reconstruction trains them to reproduce the picture, as the reference does; tied-cells and tied-image train them to show where the class is, and tie their mean to that of the low-res features, in each cell of 16 x 16 pixels or over the whole image",
      )
        .choices([...expansions, 'transport'])
        .default(d.expansion),
    );
    sub.addOption(
      new Option(
        '--teach <class>',
        `with --expansion transport: the class that each picture teaches (default ${transportDefaults.teach}). Other defaults of transport: ${transportDefaults.epochs} epochs, ${transportDefaults.optimizer}, learning rate ${transportDefaults.learningRate}, ${transportDefaults.schedule}`,
      ).choices([...teachings]),
    );
  }
  sub.option('--no-augment', 'train on the images as they are, without the random changes below');
  for (const [flags, what, parse, value] of augmentations) sub.option(flags, what, parse, value);
  return sub
    .option('--no-flip', 'do not mirror half of the images')
    .option('--seed <n>', 'seed of weights, order and augmentation', whole(0, 2 ** 31 - 1), d.seed)
    .addOption(deviceOption())
    .addOption(gpuOption())
    .option(
      '--unchecked-gpu',
      'turn off the validation of WebGPU after the first step: faster, but running out of memory then gives zeros, not an error',
    )
    .addOption(
      new Option(
        '--resume',
        'resume the run of this name from its checkpoint, with its options; the result is as if it had never stopped',
      ).conflicts('overwrite'),
    )
    .option('--overwrite', 'replace an earlier run of this name')
    .option(
      '--checkpoint-minutes <m>',
      'maximum minutes between checkpoints; each epoch that takes longer than saving is also saved',
      real(0, 1e6),
      d.checkpointMinutes,
    )
    .option('--strict', 'stop at the first image that cannot be read, instead of skipping it')
    .option('--json-lines', 'print only JSON, one object per line')
    .addHelpText('after', jsonLinesHelp);
}

const d = defaultRanges;

/** The first four apply to half of the images, the others to all. */
const augmentations: readonly (readonly [string, string, (text: string) => number, number])[] = [
  ['--rotate <degrees>', 'rotate by up to this angle in either direction; 0: off', real(0, 180), d.rotate],
  ['--shift <share>', 'shift by up to this share of the width and height; 0: off', real(0, 1), d.shift],
  ['--scale <s>', 'scale width and height by factors from 1 - s to 1 + s; 0: off', below(1), d.scale],
  ['--shear <degrees>', 'shear by up to this angle in either direction; 0: off', below(90), d.shear],
  ['--brightness <b>', 'multiply the brightness by a factor from 1 - b to 1 + b', real(0, 1), d.brightness],
  [
    '--contrast <c>',
    "multiply the contrast about the image's mean grey by a factor from 1 - c to 1 + c",
    real(0, 1),
    d.contrast,
  ],
  ['--saturation <s>', 'multiply the saturation by a factor from 1 - s to 1 + s', real(0, 1), d.saturation],
  [
    '--crop-scale <a>',
    'crop to a share of the area from a to 1, and enlarge; 1: off',
    above(0, 1),
    d.cropScale,
  ],
];

const jsonLinesHelp = `
Ctrl-C, SIGTERM or SIGHUP stops the training after the current step and saves a checkpoint; --resume continues it.

--json-lines: each line has an "event"
  start        the model, the data and the main options; with "resumedFrom" if the run is resumed
  step         loss and accuracy so far, images per second, share of time spent waiting for data; at most one per second
  note         what was found or assumed about the classifier or the training pictures
  features     images done while the frozen backbone computes features, before the first step; at most one per second
  teaching     images done while soft labels of an expansion are made, before the first step; at most one per second
  validating, evaluating   images done, after an epoch and for the report; at most one per second
  epoch        the epoch as in history.json, and whether it is the best so far
  checkpoint   the file, and the epoch and step at which it was saved
  skipped      an image that cannot be read
  warning      for example, a checkpoint that could not be saved
  stopping, interrupted, done, error   how the training ends`;

/** Parses a number above `bound` and at most `high`. */
function above(bound: number, high: number): (text: string) => number {
  return (text) => {
    const value = real(bound, high)(text);
    if (value === bound) throw new InvalidArgumentError(`A number above ${bound} to ${high} is needed.`);
    return value;
  };
}

/** Parses a number from 0 to below `bound`. */
function below(bound: number): (text: string) => number {
  return (text) => {
    const value = real(0, bound)(text);
    if (value === bound) throw new InvalidArgumentError(`A number from 0 to below ${bound} is needed.`);
    return value;
  };
}

async function trainAs(type: ModelType, command: Command): Promise<void> {
  const options = command.opts();
  const given = optionsFrom(command, ['cli']);
  const preset = optionsFrom(command, ['env', 'config']);
  const all = { ...preset, ...given };
  const transport = type === 'full' && (await takesTransport(all));
  const wrong = options.resume ? undefined : misuse(given, all, transport);
  if (wrong !== undefined) command.error(`error: ${wrong}`);
  const ranks = await openRanks();
  const leads = ranks === undefined || ranks.rank === 0;
  const shown = (): { emit: Emit; stop(): void } =>
    options.jsonLines ? { emit: jsonLines(), stop: () => {} } : terminal();
  const show = leads ? shown() : { emit: () => {}, stop: () => {} };
  const { resultsName: name } = options;
  const folder = new RunFolder(name);
  const resumeWith = (more: string): string =>
    `hrm train ${type} --results-name ${quoted(name)} --resume${more}`;
  outliveReaders();
  const stop = stopSignals((signal) => show.emit({ event: 'stopping', signal }));
  const crew = ranks && new Crew(ranks, { signal: stop.signal, stop: () => stop.raise('SIGTERM') });
  const written: typeof inFolder = leads ? inFolder : (_, work) => work();
  let code: number = failure;
  try {
    code = await written(dirname(folder.results), () =>
      alone(folder, leads, async (takenOver) => {
        const seen = crew ? await shareFolder(crew, folder) : folder;
        const planning = planRun(
          {
            type,
            transport,
            ranks: crew?.size ?? 1,
            resume: options.resume === true,
            overwrite: options.overwrite === true,
            given: renamed(given),
            // Presets for a backbone apply only when there is one.
            preset: all.backbone === undefined ? without(preset, ['holdOut', 'patience']) : renamed(preset),
            tell: (message) => show.emit({ event: 'note', message }),
            signal: stop.signal,
            missing: (option) => {
              if (!leads) throw new Error(`--${option} is missing`);
              command.error(
                options.resume
                  ? `error: ${folder.results} has no checkpoint to resume from; a new training needs '--${option}'`
                  : `error: required option '--${option}' not specified`,
              );
            },
          },
          seen,
        );
        const found = await unlessAborted(planning, stop.signal).catch((error) => {
          if (!stop.signal.aborted) throw error;
        });
        const plan = crew ? await planOfAll(crew, found ?? undefined) : found;
        if (!plan) return interrupted(seen, resumeWith(''), stop.signal.reason, show.emit);
        if (options.resume && !plan.stored) {
          const message = `${folder.results} has no checkpoint: the training starts from the beginning`;
          show.emit({ event: 'warning', message });
        }
        if (takenOver !== undefined) {
          show.emit({
            event: 'note',
            message: `${folder.results} was locked by ${takenOver}, which has died: this training takes over`,
          });
        }
        const resume = resumeWith(plan.options.strict ? ' --strict' : '');
        if (crew) show.emit({ event: 'note', message: ranksNote(crew, plan.options) });
        return written(folder.results, () =>
          written(folder.logs, () => run(plan, seen, { resume, stop, crew }, show.emit)),
        );
      }),
    );
    if (leads) process.exitCode = code;
  } catch (thrown) {
    const error = crew ? await crew.failed(thrown) : (thrown as Error);
    show.emit({ event: 'error', message: error.message });
    // Rank 0 prints the error, and its exit code becomes the launcher's.
    if (leads) throw error;
  } finally {
    stop.release();
    show.stop();
    if (crew?.isAlone) crew.ranks.abort(code);
    else crew?.ranks.leave();
  }
}

/**
 * The plan, after checking that all ranks have the same one.
 * @returns undefined when any rank is stopped
 * @throws naming what differs
 */
async function planOfAll(crew: Crew, plan: Plan | undefined): Promise<Plan | undefined> {
  const { stopped } = await crew.agree({ stopped: plan === undefined });
  if (stopped || !plan) return undefined;
  await checkSame(crew, plan);
  const { batchSize } = plan.options;
  if (batchSize % crew.size === 0) return plan;
  const less = batchSize - (batchSize % crew.size);
  const near = less > 0 ? `${less} or ${less + crew.size}` : `${crew.size}`;
  throw new Error(
    `--batch-size must be divisible by the number of ranks, ${crew.size}, got ${batchSize}; ${near} would fit`,
  );
}

function ranksNote({ size }: Crew, { batchSize }: RunOptions): string {
  return `${size} ranks: each takes ${count(batchSize / size, 'image')} of every batch of ${batchSize}`;
}

/**
 * Handles a signal that arrived during planning: nothing has been written.
 * @returns the exit code
 */
async function interrupted(
  folder: RunFolder,
  resume: string,
  signal: NodeJS.Signals,
  emit: Emit,
): Promise<number> {
  const kept = (await folder.present()).includes(files.checkpoint);
  const checkpoint = kept ? folder.path(files.checkpoint) : undefined;
  emit({ event: 'interrupted', signal, epoch: 1, step: 0, checkpoint, resume: kept ? resume : undefined });
  return exitCodes[signal] ?? 1;
}

/**
 * Does work while no other process trains under the name.
 * @param leads whether this process takes the lock
 * @param work called with the process that held the lock and died, if any
 */
async function alone<T>(
  { results }: RunFolder,
  leads: boolean,
  work: (takenOver: string | undefined) => Promise<T>,
): Promise<T> {
  if (!leads) return work(undefined);
  const lock = await RunLock.take(results);
  try {
    return await work(lock.takenOver);
  } finally {
    await lock.release();
  }
}

/** The reader of the output may exit first, as `tee` does at Ctrl-C. The training must go on. */
function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.removeAllListeners('error');
    stream.on('error', () => {});
  }
}

/**
 * The run's options from the given sources (command line, environment, project file), by commander's names.
 */
function optionsFrom(command: Command, sources: readonly string[]): GivenOptions {
  const options = Object.entries(command.opts());
  const shown = ['resultsName', 'resume', 'overwrite', 'jsonLines'];
  return Object.fromEntries(
    options.filter(
      ([name]) => sources.includes(command.getOptionValueSource(name) ?? '') && !shown.includes(name),
    ),
  );
}

function without(options: GivenOptions, names: readonly string[]): GivenOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !names.includes(name)));
}

/** Quotes a word for a shell. */
function quoted(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
