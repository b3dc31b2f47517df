/** `memory`: estimates the memory of a training before it starts. */
import { Command, Option } from 'commander';
import { bodyMemory } from '../classifier/body-memory.ts';
import { valuesOf } from '../classifier/expansion.ts';
import { featureCount } from '../classifier/taught-head.ts';
import { manyPictures } from '../data/batches/batches.ts';
import { workerCount } from '../data/batches/load-in-workers.ts';
import { defaultCacheBytes } from '../data/batches/picture-cache.ts';
import {
  checkConfig,
  type Expansion,
  expansions,
  initializeWeights,
  type ModelType,
} from '../models/model.ts';
import { createSession } from '../runtime/node.ts';
import { random } from '../tensor/random.ts';
import { headStep, newHead } from '../train/head-step.ts';
import {
  headMemory,
  largestBatch,
  type MemoryPart,
  trainingMemory,
  transportMemory,
} from '../train/memory.ts';
import { type OptimizerName, optimizers } from '../train/optimizers.ts';
import { fullStep, halfStep } from '../train/step.ts';
import { type MachineMemory, machineMemory } from './machine-memory.ts';
import { channels, imageSize, whole } from './options.ts';
import { readBackbone, takesTransport } from './training/backbone.ts';
import { expansionStep, startExpansion } from './training/expansion-trainee.ts';
import { featuresAtOnce } from './training/features.ts';
import { validationBatch } from './training/images.ts';
import { defaults, flag, headDefaults, transportDefaults } from './training/run-options.ts';

interface MemoryOptions {
  batchSize: number;
  imSize: number;
  type: ModelType;
  expansion: Expansion | 'transport';
  numClasses: number;
  channels: 1 | 3;
  optimizer: OptimizerName;
  backbone?: string;
  halfWeightDir?: string;
  images: number;
  json?: boolean;
}

export function memoryCommand(): Command {
  const command: Command = new Command('memory')
    .usage('--batch-size N [options]')
    .description(
      'estimate the peak memory of a training on the CPU, and the largest batch that fits this machine',
    )
    .requiredOption('--batch-size <n>', 'images per step', whole(1, 65536))
    .option('--im-size <n>', 'height and width of the images, a multiple of 32', imageSize, defaults.imSize)
    .addOption(new Option('--type <type>', 'the model').choices(['half', 'full']).default('half'))
    .addOption(
      new Option(
        '--expansion <how>',
        'with --type full: how the map gets its full resolution, as in train full',
      )
        .choices([...expansions, 'transport'])
        .default(defaults.expansion),
    )
    .option('--num-classes <n>', 'number of classes', whole(2, 1e6), 398)
    .option('--channels <n>', '3: RGB, 1: grey', channels, 3)
    .addOption(
      new Option('--optimizer <name>', 'the update rule')
        .choices(Object.keys(optimizers))
        .default('adadelta'),
    )
    .option(
      '--images <n>',
      'number of training and test images, which are kept decoded in memory',
      whole(0),
      0,
    )
    .option(
      '--backbone <name|file>',
      'train a linear head on this frozen backbone, as in train half; default size: that of the backbone',
    )
    .option(
      '--half-weight-dir <file>',
      'train an expansion by transport on this classifier, as in train full; default size: that of the classifier',
    )
    .option('--json', 'print JSON, with sizes in bytes')
    .action(async (options: MemoryOptions) => {
      const machine = machineMemory();
      const program = process.memoryUsage.rss();
      const given = (name: string): boolean => command.getOptionValueSource(name) === 'cli';
      const { backbone, halfWeightDir, type } = options;
      if (backbone !== undefined && !given('optimizer')) options.optimizer = headDefaults.optimizer;
      if (backbone !== undefined && (type === 'full' || given('expansion') || given('channels'))) {
        command.error('error: --backbone cannot be used with --type full, --expansion or --channels');
      }
      if (halfWeightDir !== undefined) {
        const odd = ['backbone', 'channels', 'numClasses'].find(given);
        if (odd) command.error(`error: --half-weight-dir cannot be used with ${flag(odd)}`);
        const expansion = given('expansion') ? options.expansion : undefined;
        if (!(await takesTransport({ halfWeightDir, expansion }))) {
          command.error(
            'error: --half-weight-dir needs a classifier of another program, or --expansion transport',
          );
        }
        if (given('type') && type === 'half') command.error('error: --half-weight-dir needs --type full');
        if (!given('optimizer')) options.optimizer = transportDefaults.optimizer;
      }
      const report: Report =
        halfWeightDir !== undefined
          ? { ...(await transportReport(halfWeightDir, options, given('imSize'), program, machine)), machine }
          : backbone === undefined
            ? networkReport(options, program, machine)
            : { ...(await headNeed(backbone, options, given('imSize'), program)), machine };
      console.log(options.json ? JSON.stringify(report, null, 2) : formatReport(options, report));
    });
  return command;
}

function networkReport(options: MemoryOptions, program: number, machine: MachineMemory): Report {
  const need = needOf(options, program);
  return { ...need(options.batchSize), machine, largest: largestBatch(need, machine.free) };
}

interface Need {
  readonly parts: readonly MemoryPart[];
  readonly total: number;
}

interface Report extends Need {
  readonly machine: MachineMemory;
  /**
   * The largest batch size that fits into free memory; 0: none fits. Absent for a head, which hardly depends
   * on it.
   */
  readonly largest?: number;
}

/**
 * The memory of a training by batch size.
 * @param program bytes of this process, which has loaded the same code as `train`
 */
function needOf(options: MemoryOptions, program: number): (batchSize: number) => Need {
  const { expansion } = options;
  if (expansion === 'transport') {
    throw new Error(
      '--expansion transport needs --half-weight-dir FILE: the memory depends on the network in it',
    );
  }
  const { type, imSize, numClasses, images } = options;
  const classes = Array.from({ length: numClasses }, (_, i) => String(i));
  const config = { type, expansion, classes, imSize, channels: options.channels };
  checkConfig(config);
  const model = { ...config, weights: initializeWeights(config, random(0)) };
  const optimizer = optimizers[options.optimizer]();
  return (batchSize) => {
    const step = (type === 'half' ? halfStep : fullStep)(model, { batchSize, optimizer });
    const kept = Math.min(defaultCacheBytes, images * imSize * imSize * options.channels);
    return sumOf([
      ...trainingMemory(model, step, {
        validationBatch: type === 'half' ? validationBatch : 0,
        workers: workerCount,
      }),
      { what: 'decoded pictures that are kept', bytes: kept },
      { what: 'Node and libraries', bytes: program },
    ]);
  };
}

function sumOf(exact: readonly MemoryPart[]): Need {
  const parts = exact.map(({ what, bytes }) => ({ what, bytes: Math.round(bytes) }));
  return { parts, total: parts.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/**
 * The memory for training a head.
 * @param isSized whether `imSize` was given; default: the backbone's own size
 */
async function headNeed(
  name: string,
  options: MemoryOptions,
  isSized: boolean,
  program: number,
): Promise<Need> {
  const { batchSize, numClasses, images } = options;
  const size = isSized ? options.imSize : undefined;
  const { classifier } = await readBackbone(name, (line) => console.error(line), size);
  const features = featureCount(classifier);
  const classes = Array.from({ length: numClasses }, (_, i) => String(i));
  const optimizer = optimizers[options.optimizer]();
  const step = headStep({ classes, weights: newHead(features, numClasses) }, { batchSize, optimizer });
  const { imSize, channels: depth } = classifier;
  const body = await bodyMemory(classifier, createSession);
  const shape = [imSize, imSize, depth] as const;
  return sumOf([
    ...headMemory(step, {
      shape,
      images,
      features,
      atOnce: featuresAtOnce,
      body,
      workers: images < manyPictures ? 0 : workerCount,
    }),
    { what: 'Node and libraries', bytes: program },
  ]);
}

/**
 * The memory for training an expansion of a classifier.
 * @param isSized as in `headNeed`
 */
async function transportReport(
  file: string,
  { batchSize, images, optimizer: name, ...options }: MemoryOptions,
  isSized: boolean,
  program: number,
  machine: MachineMemory,
): Promise<Need & Pick<Report, 'largest'>> {
  const size = isSized ? options.imSize : undefined;
  const { classifier } = await readBackbone(file, (line) => console.error(line), size, 'any network');
  const { imSize, channels: depth, imported } = classifier;
  const expansion = startExpansion(classifier, new Map(), 0);
  const body = await bodyMemory(classifier, createSession);
  const read = new Set([imported.layers.target, ...valuesOf(expansion)]);
  const features = imported.layers.all
    .filter((layer) => read.has(layer.name))
    .reduce((sum, layer) => sum + 4 * layer.channels * layer.height * layer.width, 0);
  const kept = Math.min(defaultCacheBytes, images * imSize * imSize * depth);
  const need = (count: number): Need =>
    sumOf([
      ...transportMemory(
        expansionStep(classifier, expansion, { batchSize: count, optimizer: optimizers[name]() }),
        {
          shape: [imSize, imSize, depth],
          images,
          features,
          label: Math.ceil(imSize / 2) ** 2,
          body,
          workers: images < manyPictures ? 0 : workerCount,
        },
      ),
      { what: 'decoded pictures that are kept', bytes: kept },
      { what: 'Node and libraries', bytes: program },
    ]);
  return { ...need(batchSize), largest: largestBatch(need, machine.free) };
}

function formatReport(options: MemoryOptions, { parts, total, machine, largest }: Report): string {
  const { backbone, halfWeightDir, batchSize, imSize, optimizer, images } = options;
  const type = halfWeightDir === undefined ? options.type : 'full';
  const on = backbone ?? halfWeightDir;
  const fits = total <= machine.free ? 'It fits.' : 'It does not fit.';
  const what = on === undefined ? `: ${imSize} x ${imSize}` : ` on ${on}`;
  return [
    `train ${type}${what}, batch ${batchSize}, ${optimizer}`,
    '',
    ...[...parts].sort((a, b) => b.bytes - a.bytes).map(({ what, bytes }) => `${gigabytes(bytes)}  ${what}`),
    `${gigabytes(total)}  in all`,
    '',
    `This machine has ${gigabytes(machine.total).trim()}, of which ${gigabytes(machine.free).trim()} is free. ${fits}`,
    ...(largest === undefined
      ? []
      : [largest > 0 ? `The largest batch that fits: ${largest}` : 'No batch fits.']),
    ...(backbone !== undefined && images === 0
      ? ['The features of each image are kept in memory, too: --images N includes them.']
      : []),
    ...(images > 0 || backbone !== undefined
      ? []
      : ['Decoded pictures are kept in memory, too, up to 0.54 GB: --images N includes them.']),
  ].join('\n');
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2).padStart(7)} GB`;
}
