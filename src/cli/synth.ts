/** `synth`: writes a data set of synthetic scenes. */
import { Command, InvalidArgumentError } from 'commander';
import { shapeNames } from '../data/scenes/shapes.ts';
import { writeScenes } from '../data/scenes/write-scenes.ts';
import { CountingBar } from './counting-bar.ts';
import { real, whole } from './options.ts';

interface SynthOptions {
  out: string;
  classes: number;
  train: number;
  test: number;
  size: number;
  objectSize: [number, number];
  clutter: number;
  seed: number;
}

/** `synth --out DIR [--classes 6 --train 600 --test 150 --size 128 --seed 0]`. */
export function synthCommand(): Command {
  const command = new Command('synth')
    .usage('--out DIR [options]')
    .description(
      'write a data set of synthetic scenes, with masks and boxes: each shows one object, whose class is its shape',
    )
    .requiredOption('--out <dir>', 'folder of the data set; new or empty')
    .option(
      '--classes <n>',
      `number of classes, each one shape: ${shapeNames.join(', ')}`,
      whole(2, shapeNames.length),
      6,
    )
    .option('--train <n>', 'training scenes, over all classes', whole(2, 1e6), 600)
    .option('--test <n>', 'test scenes, over all classes', whole(2, 1e6), 150)
    .option('--size <n>', 'height and width in pixels', whole(32, 4096), 128)
    .option(
      '--object-size <a-b>',
      "the object's smallest and largest size, in percent of the width",
      sizeRange,
      [0.15, 0.45],
    )
    .option(
      '--clutter <share>',
      'amount of clutter around and over the object, from 0 (none) to 1',
      real(0, 1),
      1,
    )
    .option('--seed <n>', 'seed of the random generator', whole(-(2 ** 31), 2 ** 32 - 1), 0)
    .action((options: SynthOptions) => {
      for (const split of ['train', 'test'] as const) {
        if (options[split] >= options.classes) continue;
        command.error(
          `error: --${split} must be at least one scene per class, ${options.classes}, got ${options[split]}`,
        );
      }
      return synth(options);
    });
  return command;
}

async function synth(options: SynthOptions): Promise<void> {
  const started = performance.now();
  const bar = new CountingBar('scenes');
  try {
    const { classes } = await writeScenes({
      ...options,
      onProgress: (done, total) => bar.update(done, total),
    });
    bar.stop();
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const { train, test, size, out } = options;
    console.log(
      `${train} training and ${test} test scenes of ${classes.length} classes (${classes.join(', ')}), ` +
        `${size} x ${size} pixels, written to ${out} in ${seconds} s`,
    );
  } finally {
    bar.stop();
  }
}

/** Parses a range in percent: `15-45` -> [0.15, 0.45]. */
function sizeRange(text: string): [number, number] {
  const [, least, largest] = (/^(\d+)-(\d+)$/.exec(text) ?? []).map(Number);
  if (!(least > 0 && least <= largest && largest <= 60)) {
    throw new InvalidArgumentError('Two whole percentages up to 60 are needed, such as 15-45.');
  }
  return [least / 100, largest / 100];
}
