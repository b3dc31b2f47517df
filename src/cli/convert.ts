/** `convert`: a model file into another format, this project's `.onnx` or Keras' `.h5`. */
import { dirname, extname } from 'node:path';
import { Command, Option } from 'commander';
import { readBytes } from '../data/files/read-file.ts';
import { writeFileWhole } from '../data/files/write-file.ts';
import { modelIn } from '../load-model.ts';
import { isKerasFile } from '../models/keras-file.ts';
import { encodeKerasModel } from '../models/keras-model.ts';
import type { ModelType } from '../models/model.ts';
import { encodeModel } from '../models/model-file.ts';
import { defaultImageSize } from '../tensor/image-size.ts';
import { inFolder } from './files.ts';
import { classesOption, imageSize, inputScaleOption, kerasOptions, whole } from './options.ts';

interface ConvertOptions {
  classes?: string;
  inputScale?: 1 | 255;
  type?: ModelType;
  numClasses?: number;
  imSize?: number;
}

const endings = ['.onnx', '.h5', '.hdf5'];

export function convertCommand(): Command {
  const command: Command = new Command('convert')
    .usage('IN OUT [options]')
    .description(
      'convert Keras 2 or 3 weights (.h5, .weights.h5, .keras) to a model file (.onnx), or a model file to .h5 for load_weights',
    )
    .argument('<in>', 'a model file: .onnx, or .h5 or .keras of Keras')
    .argument('<out>', 'file to write: .onnx or .h5')
    .addOption(
      new Option('--type <type>', 'expected kind of model; default: the kind in the file').choices([
        'half',
        'full',
      ]),
    )
    .option('--num-classes <n>', 'for a Keras file: the expected number of classes', whole(2, 1e6))
    .option(
      '--im-size <n>',
      `for a Keras file: the size it was trained at (default: the size in the file, otherwise ${defaultImageSize})`,
      imageSize,
    )
    .addOption(classesOption())
    .addOption(inputScaleOption())
    .action(async (from: string, to: string, options: ConvertOptions) => {
      if (!endings.includes(extname(to).toLowerCase())) {
        command.error(`error: OUT must end in .onnx or .h5, got '${to}'`);
      }
      // Keras expects another layout in files with this extension than the one written here, and would not
      // load the file.
      if (/\.weights\.(h5|hdf5)$/i.test(to)) {
        command.error(`error: OUT must end in .h5, not .weights.h5, which has another layout, got '${to}'`);
      }
      await inFolder(dirname(to), () => convert(from, to, options));
    });
  return command;
}

async function convert(from: string, to: string, options: ConvertOptions): Promise<void> {
  const bytes = await readBytes(from);
  const fromKeras = isKerasFile(bytes);
  const toKeras = extname(to).toLowerCase() !== '.onnx';
  const { inputScale, ...given } = await kerasOptions(options);
  if (fromKeras && toKeras && inputScale !== undefined) {
    throw new Error(`${from}, ${to}: --input-scale needs one Keras file and one .onnx file`);
  }
  if (!fromKeras && given.imSize !== undefined) {
    throw new Error(`${from}: --im-size needs a Keras file; this model has its own size`);
  }
  const model = await modelIn(bytes, from, fromKeras ? { ...given, inputScale } : given);
  await writeFileWhole(to, toKeras ? await encodeKerasModel(model, inputScale) : encodeModel(model));
  const { type, classes, imSize, channels } = model;
  console.log(`${to}: a ${type} model, ${classes.length} classes, ${imSize} x ${imSize} x ${channels}`);
}
