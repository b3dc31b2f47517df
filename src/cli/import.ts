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
      'make a model file from any ONNX image classifier; preprocessor_config.json and config.json beside it are used',
    )
    .argument('<model>', 'an ONNX file from PyTorch, TensorFlow, timm, Hugging Face, ...')
    .requiredOption('--out <file>', 'model file to write, .onnx')
    .option(
      '--classes <file>',
      'class names by index: one per line, or JSON; default: from the files beside it, those of ImageNet for 1,000 classes, otherwise #0, #1, ...',
    )
    .option(
      '--preprocess <name>',
      `preprocessing of pictures: ${Object.keys(namedPreprocessing).join(', ')}, or JSON with mean and std, in a file or as text; default: from the files beside it, otherwise guessed`,
    )
    .option(
      '--im-size <n>',
      'input size, in pixels; default: the fixed size of the network, from the files beside it, or 224',
      whole(1, 8192),
    )
    .addOption(
      new Option('--fit <how>', 'squash the whole picture to a square, or crop the square in its centre')
        .choices(['squash', 'crop'])
        .default('squash'),
    )
    .addOption(
      new Option(
        '--weights <type>',
        'store large weights in 16 bits, which halves the file; computation stays in 32 bits',
      ).choices(['float16']),
    )
    .option('--layer <name>', 'target layer of the CAM methods; default: the last feature map')
    .option(
      '--pictures <file...>',
      'pictures for guessing the preprocessing and for comparing results, besides the four included ones',
    )
    .action(async (model: string, options: ImportCommandOptions) => {
      if (extname(options.out).toLowerCase() !== '.onnx') {
        command.error(`error: --out must end in .onnx, got '${options.out}'`);
      }
      if (resolve(options.out) === resolve(model)) {
        command.error(`error: --out must be another file than the classifier, got '${options.out}'`);
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
