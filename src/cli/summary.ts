/** `summary`: a model's layers, shapes and parameter counts. */
import { Command, Option } from 'commander';
import { formatClassifierSummary, summarizeClassifier } from '../classifier/summary.ts';
import { readBytes } from '../data/files/read-file.ts';
import { anyModelIn } from '../load-model.ts';
import { isKerasFile } from '../models/keras-file.ts';
import {
  checkConfig,
  type Expansion,
  expansions,
  type ModelConfig,
  type ModelType,
} from '../models/model.ts';
import { formatSummary, summarize } from '../models/summary.ts';
import { defaultImageSize } from '../tensor/image-size.ts';
import { channels, imageSize, whole } from './options.ts';

interface SummaryOptions {
  type?: ModelType;
  expansion: Expansion;
  numClasses: number;
  imSize: number;
  channels: 1 | 3;
  json?: boolean;
}

export function summaryCommand(): Command {
  const command = new Command('summary')
    .usage('(FILE | --type half|full) [options]')
    .description(
      'print the layers of a model file, or of a network: shapes, trainable parameters, moving statistics',
    )
    .argument('[file]', 'a model file, .onnx or Keras .h5, or any ONNX image classifier')
    .addOption(
      new Option(
        '--type <type>',
        'print this network, without a file; for a Keras file: its expected kind',
      ).choices(['half', 'full']),
    )
    .addOption(
      new Option('--expansion <how>', 'with --type full: what ties its high-res features to the low-res ones')
        .choices([...expansions])
        .default('reconstruction', "reconstruction, the reference's"),
    )
    .option(
      '--num-classes <n>',
      'number of classes, with --type; for a Keras file: the expected number',
      whole(2, 1e6),
      398,
    )
    .option(
      '--im-size <n>',
      'input size in pixels, with --type or for a Keras file; a multiple of 32',
      imageSize,
      defaultImageSize,
    )
    .option('--channels <n>', 'channels of the images, with --type; 3: RGB, 1: grey', channels, 3)
    .option('--json', 'print JSON')
    .action(async (file: string | undefined, options: SummaryOptions) => {
      const bytes = file === undefined ? undefined : await readBytes(file);
      const keras = bytes !== undefined && isKerasFile(bytes);
      const typed = command.getOptionValueSource('type') === 'cli';
      if (file === undefined ? options.type === undefined : typed && !keras) {
        command.error('error: either a model file or --type half|full is needed');
      }
      const given = command.options.filter(
        (one) => command.getOptionValueSource(one.attributeName()) === 'cli',
      );
      const fits = keras ? ['--json', '--type', '--num-classes', '--im-size'] : ['--json'];
      const odd = given.find(({ long }) => file !== undefined && !fits.includes(long ?? ''));
      if (odd) command.error(`error: ${odd.long} needs --type: a model file has its own value`);
      const { type, imSize } = options;
      const numClasses = given.some(({ long }) => long === '--num-classes') ? options.numClasses : undefined;
      const found =
        file === undefined || bytes === undefined
          ? configOf(options)
          : await anyModelIn(bytes, file, {
              keras: keras ? { type, imSize, numClasses } : {},
              tell: (line) => console.error(line),
            });
      const [facts, text] =
        'imported' in found
          ? [summarizeClassifier(found), formatClassifierSummary(found)]
          : [summarize(found), formatSummary(summarize(found))];
      console.log(options.json ? JSON.stringify(facts, null, 2) : text);
    });
  return command;
}

function configOf(options: SummaryOptions): ModelConfig {
  const classes = Array.from({ length: options.numClasses }, (_, i) => String(i));
  const config = { ...options, type: options.type as ModelType, classes };
  checkConfig(config);
  return config;
}
