/** `import`: converts an ONNX classifier of another program to a model file of this project. */
import { dirname, extname, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { importLines } from '../classifier/import-lines.ts';
import { namedPreprocessing } from '../classifier/preprocessing.ts';
import { writeFileWhole } from '../data/files/write-file.ts';
import { importFile } from '../import-file.ts';
import { groupedCount } from '../text/count.ts';
import { inFolder } from './files.ts';
import { whole } from './options.ts';

interface ImportCommandOptions {
  out: string;
  classes?: string;
  preprocess?: string;
  imSize?: number;
  fit: 'squash' | 'crop';
  layer?: string;
  weights?: 'float16';
  pictures?: string[];
}

export function importCommand(): Command {
  const command: Command = new Command('import')
    .usage('MODEL.onnx --out FILE.onnx [options]')
    .description(
      'make a model file of any ONNX image classifier; what files beside it say counts (preprocessor_config.json, config.json)',
    )
    .argument('<model>', 'an ONNX file, of PyTorch, TensorFlow, timm, Hugging Face, ...')
    .requiredOption('--out <file>', 'the model file that is written, .onnx')
    .option(
      '--classes <file>',
      "class names by index: one a line, or JSON; default: what files beside it say, ImageNet's of 1000, else #0, #1, ...",
    )
    .option(
      '--preprocess <name>',
      `what it wants done to pictures: ${Object.keys(namedPreprocessing).join(', ')}, or a JSON file with mean and std; default: what files beside it say, else a guess`,
    )
    .option(
      '--im-size <n>',
      'the size at which it looks; default: the one that it takes, what files beside it say, or 224',
      whole(1, 8192),
    )
    .addOption(
      new Option('--fit <how>', 'the whole picture squashed to a square, or the square in its middle')
        .choices(['squash', 'crop'])
        .default('squash'),
    )
    .addOption(
      new Option(
        '--weights <type>',
        'store large weights in 16 bits, half the size; it computes in 32 as before',
      ).choices(['float16']),
    )
    .option('--layer <name>', 'the value that methods look at; default: the last with places')
    .option(
      '--pictures <file...>',
      'pictures to guess with and to compare on, beside the four that come along',
    )
    .action(async (model: string, options: ImportCommandOptions) => {
      if (extname(options.out).toLowerCase() !== '.onnx') {
        command.error(`error: --out ends in .onnx, got '${options.out}'`);
      }
      if (resolve(options.out) === resolve(model)) {
        command.error(`error: --out is the classifier itself, '${options.out}'; name another file`);
      }
      await inFolder(dirname(options.out), () => importModel(model, options));
    });
  return command;
}

async function importModel(
  model: string,
  { out, imSize: size, ...options }: ImportCommandOptions,
): Promise<void> {
  const imported = await importFile(model, { ...options, size });
  await writeFileWhole(out, imported.file);
  const { classes, imSize, channels } = imported.classifier;
  for (const line of importLines(imported)) console.log(line);
  const named = groupedCount(classes.length, 'class', 'classes');
  console.log(`${out}: a model file, ${named}, ${imSize} x ${imSize} x ${channels}`);
}
