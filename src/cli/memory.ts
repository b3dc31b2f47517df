/** `memory`: what a training will need, before it is started. */
import { Command, Option } from 'commander';
import { workerCount } from '../data/batches/load-in-workers.ts';
import { defaultCacheBytes } from '../data/batches/picture-cache.ts';
import {
  checkConfig,
  type Expansion,
  expansions,
  initializeWeights,
  type ModelType,
} from '../models/model.ts';
import { random } from '../tensor/random.ts';
import { largestBatch, type MemoryPart, trainingMemory } from '../train/memory.ts';
import { type OptimizerName, optimizers } from '../train/optimizers.ts';
import { fullStep, halfStep } from '../train/step.ts';
import { type MachineMemory, machineMemory } from './machine-memory.ts';
import { channels, imageSize, whole } from './options.ts';
import { validationBatch } from './training/images.ts';
import { defaults } from './training/run-options.ts';

interface MemoryOptions {
  batchSize: number;
  imSize: number;
  type: ModelType;
  expansion: Expansion;
  numClasses: number;
  channels: 1 | 3;
  optimizer: OptimizerName;
  images: number;
  json?: boolean;
}

export function memoryCommand(): Command {
  return new Command('memory')
    .usage('--batch-size N [options]')
    .description(
      'print the memory that a training on the CPU needs, and the largest batch that fits this machine',
    )
    .requiredOption('--batch-size <n>', 'images a step', whole(1, 65536))
    .option('--im-size <n>', 'height and width of the images, a multiple of 32', imageSize, defaults.imSize)
    .addOption(new Option('--type <type>', 'the model').choices(['half', 'full']).default('half'))
    .addOption(
      new Option('--expansion <how>', 'with --type full: what its high-res features are taught')
        .choices([...expansions])
        .default(defaults.expansion),
    )
    .option('--num-classes <n>', 'classes of the data', whole(2, 1e6), 398)
    .option('--channels <n>', '3: RGB, 1: grey', channels, 3)
    .addOption(
      new Option('--optimizer <name>', 'the update rule')
        .choices(Object.keys(optimizers))
        .default('adadelta'),
    )
    .option('--images <n>', 'of the data, for training and test: decoded, they are kept', whole(0), 0)
    .option('--json', 'as JSON, in bytes')
    .action((options: MemoryOptions) => {
      const machine = machineMemory();
      const need = needOf(options, process.memoryUsage.rss());
      const report: Report = {
        ...need(options.batchSize),
        machine,
        largest: largestBatch(need, machine.free),
      };
      console.log(options.json ? JSON.stringify(report, null, 2) : formatReport(options, report));
    });
}

interface Need {
  readonly parts: readonly MemoryPart[];
  readonly total: number;
}

interface Report extends Need {
  readonly machine: MachineMemory;
  /** The largest batch that fits what is free; 0: none does. */
  readonly largest: number;
}

/** What a training needs, by its batch size. @param program bytes of this process, which has loaded what `train` loads */
function needOf(options: MemoryOptions, program: number): (batchSize: number) => Need {
  const { type, expansion, imSize, numClasses, images } = options;
  const classes = Array.from({ length: numClasses }, (_, i) => String(i));
  const config = { type, expansion, classes, imSize, channels: options.channels };
  checkConfig(config);
  const model = { ...config, weights: initializeWeights(config, random(0)) };
  const optimizer = optimizers[options.optimizer]();
  return (batchSize) => {
    const step = (type === 'half' ? halfStep : fullStep)(model, { batchSize, optimizer });
    const kept = Math.min(defaultCacheBytes, images * imSize * imSize * options.channels);
    const parts = [
      ...trainingMemory(model, step, {
        validationBatch: type === 'half' ? validationBatch : 0,
        workers: workerCount,
      }),
      { what: 'decoded pictures that are kept', bytes: kept },
      { what: 'Node and libraries', bytes: program },
    ].map(({ what, bytes }) => ({ what, bytes: Math.round(bytes) }));
    return { parts, total: parts.reduce((sum, { bytes }) => sum + bytes, 0) };
  };
}

function formatReport(options: MemoryOptions, { parts, total, machine, largest }: Report): string {
  const { type, batchSize, imSize, optimizer, images } = options;
  const fits = total <= machine.free ? 'It fits.' : 'It does not fit.';
  return [
    `train ${type}: ${imSize} x ${imSize}, batch ${batchSize}, ${optimizer}`,
    '',
    ...[...parts].sort((a, b) => b.bytes - a.bytes).map(({ what, bytes }) => `${gigabytes(bytes)}  ${what}`),
    `${gigabytes(total)}  in all`,
    '',
    `This machine has ${gigabytes(machine.total).trim()}, of which ${gigabytes(machine.free).trim()} are free. ${fits}`,
    largest > 0 ? `The largest batch that fits: ${largest}` : 'No batch fits.',
    ...(images > 0 ? [] : ['Decoded pictures are kept besides, up to 0.54 GB: --images N counts them in.']),
  ].join('\n');
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2).padStart(7)} GB`;
}
