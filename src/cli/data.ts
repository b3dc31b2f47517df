/**
 * `data check`, `data split`, `data subset`: check and split image folders, and reduce them to some classes.
 */
import { dirname } from 'node:path';
import { Command, Option } from 'commander';
import { checkDataset, defaultDistance, needsMending } from '../data/dataset/check-dataset.ts';
import { mostDistance } from '../data/dataset/near-pairs.ts';
import type { Placed } from '../data/dataset/place-files.ts';
import { splitDataset } from '../data/dataset/split-dataset.ts';
import { subsetDataset } from '../data/dataset/subset-dataset.ts';
import { writeFileWhole } from '../data/files/write-file.ts';
import type { MaskOptions } from '../data/ground-truth/mask-rule.ts';
import type { ValueRange } from '../data/picture/value-range.ts';
import { count } from '../text/count.ts';
import { CountingBar } from './counting-bar.ts';
import { formatCheck } from './data-check-text.ts';
import { inFolder } from './files.ts';
import { sayFolder } from './left-out-text.ts';
import { type MaskCommandOptions, maskOptions, pickMaskOptions } from './mask-options.ts';
import { between, valueRangeOption, whole } from './options.ts';

export function dataCommand(): Command {
  return new Command('data')
    .description('check a folder of images, split it into train and test, or keep some of its classes')
    .addCommand(checkCommand())
    .addCommand(splitCommand())
    .addCommand(subsetCommand());
}

interface CheckCommandOptions extends MaskCommandOptions {
  dataDir?: string;
  distance: number;
  valueRange?: ValueRange;
  json?: string;
  strict?: boolean;
}

function checkCommand(): Command {
  const command: Command = new Command('check')
    .usage('DIR [options]')
    .description(
      'count the images, and find unreadable images, classes without images, duplicates, and masks and boxes that do not fit',
    )
    .argument('[dir]', 'DIR/{train,val,test}/CLASS/*.jpg or DIR/CLASS/*.jpg')
    .option('--data-dir <dir>', 'the images: DIR/{train,val,test}/CLASS/*.jpg; instead of the argument')
    .option(
      '--distance <n>',
      "near-duplicates: maximum number of the 64 bits in which two pictures' hashes differ",
      whole(0, mostDistance),
      defaultDistance,
    )
    .addOption(valueRangeOption())
    .option('--json <file>', 'file for all results as JSON, including each duplicate')
    .option('--strict', 'exit code 1 if there is anything to repair')
    .action(async (argument: string | undefined, options: CheckCommandOptions) => {
      const dir = argument ?? options.dataDir;
      if (dir === undefined) command.error("error: missing required argument 'dir'");
      const masks = pickMaskOptions(command, options);
      await inFolder(dirname(options.json ?? ''), () => check(dir, options, masks));
    });
  for (const option of maskOptions()) command.addOption(option);
  return command;
}

async function check(
  dir: string,
  { distance, valueRange, json, strict }: CheckCommandOptions,
  masks: MaskOptions,
): Promise<void> {
  const report = await withBar('images', (onProgress) =>
    checkDataset(dir, { distance, valueRange, masks, onProgress }),
  );
  console.log(formatCheck(report));
  const told = masks.object !== undefined || masks.ignore !== undefined;
  if (told && report.truth.length === 0) {
    console.error(`--mask-object and --mask-ignore have no effect: ${dir} has no masks`);
  }
  if (json !== undefined) await writeFileWhole(json, `${JSON.stringify(report, null, 1)}\n`);
  if (strict && needsMending(report)) process.exitCode = 1;
}

interface PlaceCommandOptions {
  out: string;
  link?: boolean;
}

function splitCommand(): Command {
  return placing(new Command('split'))
    .usage('DIR --out OUT [options]')
    .description('split a folder of class folders into OUT/train and OUT/test; DIR is not changed')
    .argument('<dir>', 'DIR/CLASS/*.jpg')
    .option('--test <share>', 'share of each class that is used for testing', between(0, 1), 0.2)
    .option('--seed <n>', 'seed of the random choice', whole(0, 2 ** 31 - 1), 0)
    .action(async (dir: string, options: PlaceCommandOptions & { test: number; seed: number }) => {
      const report = await untilInterrupted((signal) =>
        withBar('images', (onProgress) => splitDataset(dir, { ...options, onProgress, signal })),
      );
      const { train, test, classes, untested, leftOut } = report;
      sayFolder({ dir, leftOut });
      if (untested.length > 0) {
        console.error(`classes with only one image, which is used for training: ${untested.join(', ')}`);
      }
      console.log(
        `${count(train, 'training image')} and ${count(test, 'test image')} of ${classes} classes in ${options.out}, ${how(report)}`,
      );
    });
}

function subsetCommand(): Command {
  return placing(new Command('subset'))
    .usage('DIR --synsets FILE --out OUT [options]')
    .description('keep the classes that a file lists; DIR is not changed')
    .argument('<dir>', 'DIR/{train,val,test}/CLASS/*.jpg or DIR/CLASS/*.jpg')
    .requiredOption(
      '--synsets <file>',
      "one line per class: the folder's name, which other text may follow, such as 'n01440764 tench'",
    )
    .action(async (dir: string, options: PlaceCommandOptions & { synsets: string }) => {
      const report = await untilInterrupted((signal) =>
        withBar('images', (onProgress) => subsetDataset(dir, { ...options, onProgress, signal })),
      );
      const { images, classes, left, absent, leftOut } = report;
      sayFolder({ dir, leftOut });
      if (absent.length > 0) console.error(`listed, but not in ${dir}: ${absent.join('; ')}`);
      console.log(
        `${count(images, 'image')} of ${classes} classes in ${options.out}, ${how(report)}; ${count(left, 'class', 'classes')} not listed, ${absent.length} listed but not found`,
      );
    });
}

/** Adds the options of commands that copy or link another folder's files. */
function placing(command: Command): Command {
  return command
    .requiredOption('--out <dir>', 'folder of the new data set; new or empty')
    .addOption(
      new Option(
        '--link',
        'make hard links instead of copies, or symbolic links if that fails; they take no space, and a change to one file changes both',
      ).conflicts('copy'),
    )
    .option('--copy', 'copy the files (the default)');
}

/** `copied`, `linked`, `linked (3 symbolically)`. */
function how({ copied, symbolic }: Placed): string {
  if (copied > 0) return 'copied';
  return symbolic > 0 ? `linked (${symbolic} symbolically)` : 'linked';
}

async function withBar<T>(
  what: string,
  work: (onProgress: (done: number, total: number) => void) => Promise<T>,
): Promise<T> {
  const bar = new CountingBar(what);
  try {
    return await work((done, total) => bar.update(done, total));
  } finally {
    bar.stop();
  }
}

/** Stops the work on Ctrl-C and SIGTERM. It then removes what it has written. */
async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals): void =>
    controller.abort(new Error(`${name}: stopped; nothing has been written`));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}
