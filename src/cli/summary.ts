/** `summary`: a model's layers, shapes and parameter counts. */
import { Command, Option } from 'commander';
import { readBytes } from '../data/read-file.ts';
import { checkConfig, type ModelConfig, type ModelType } from '../models/model.ts';
import { decodeModel } from '../models/model-file.ts';
import { formatSummary, summarize } from '../models/summary.ts';
import { channels, imageSize, whole } from './options.ts';

interface SummaryOptions {
  type?: ModelType;
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
    .argument('[file]', 'a model file')
    .addOption(new Option('--type <type>', 'a network without a file').choices(['half', 'full']))
    .option('--num-classes <n>', 'with --type', whole(2, 1e6), 398)
    .option('--im-size <n>', 'with --type; a multiple of 32', imageSize, 224)
    .option('--channels <n>', 'with --type; 3: RGB, 1: grey', channels, 3)
    .option('--json', 'as JSON')
    .action(async (file: string | undefined, options: SummaryOptions) => {
      const typed = command.getOptionValueSource('type') === 'cli';
      if (file === undefined ? options.type === undefined : typed) {
        command.error('error: either a model file or --type half|full is needed');
      }
      const given = command.options.filter(
        (one) => command.getOptionValueSource(one.attributeName()) === 'cli',
      );
      const odd = given.find(({ long }) => file !== undefined && long !== '--json');
      if (odd) command.error(`error: ${odd.long} goes with --type; a model file has its own`);
      const summary = summarize(await configOf(file, options));
      console.log(options.json ? JSON.stringify(summary, null, 2) : formatSummary(summary));
    });
  return command;
}

async function configOf(file: string | undefined, options: SummaryOptions): Promise<ModelConfig> {
  if (file !== undefined) return decodeModel(await readBytes(file), file);
  const classes = Array.from({ length: options.numClasses }, (_, i) => String(i));
  const config = { ...options, type: options.type as ModelType, classes };
  checkConfig(config);
  return config;
}
