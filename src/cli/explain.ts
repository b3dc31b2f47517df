/** `explain`: what a model sees in pictures, and where. */
import { Command, Option } from 'commander';
import { pictureFile } from '../data/picture/picture-file.ts';
import type { CamMethod } from '../explain/cam-method.ts';
import type { CamModel } from '../explain/cam-model.ts';
import { classOf } from '../explain/class-of.ts';
import { type ExplainOptions as Asked, explain } from '../explain/explain.ts';
import { HalfModel } from '../explain/half-model.ts';
import { camMethods, openMethod } from '../explain/methods/index.ts';
import { usualLayers } from '../explain/methods/layers.ts';
import { openCamModel } from '../explain/open-cam-model.ts';
import { readAnyModel } from '../load-model.ts';
import { densenetLayers } from '../models/densenet-network.ts';
import { createSession } from '../runtime/node.ts';
import type { Device } from '../runtime/session.ts';
import { percent } from '../text/percent.ts';
import { inFolder, resultNames } from './files.ts';
import { photoModel } from './models-along.ts';
import {
  deviceOption,
  type GivenModelOptions,
  imageSizeOption,
  layers,
  modelOptions,
  pickRefineOptions,
  pipelineOptions,
  readOptions,
} from './options.ts';
import { coversNote, type ExplainedImage, flatNote, writeExplanation } from './write-explanation.ts';

interface ExplainOptions extends GivenModelOptions {
  weightDir: string;
  out: string;
  class?: string;
  method?: string;
  layer?: readonly string[];
  smooth?: boolean;
  npy?: boolean;
  svg?: boolean;
  device: Device;
}

export function explainCommand(): Command {
  const command = new Command('explain')
    .usage('IMAGE... --out DIR [--weight-dir FILE] [options]')
    .description('explain pictures: what the model sees, and where; figures, JSON and maps for each')
    .argument('<image...>', 'pictures')
    .option(
      '--weight-dir <file>',
      'a model, .onnx or Keras .h5, or any ONNX image classifier; default: the one that comes along, for butterflies and vehicles',
    )
    .requiredOption('--out <dir>', 'where the results go')
    .option('--class <name|index>', "the class to explain; default: each picture's predicted class")
    .addOption(
      new Option(
        '--method <name>',
        "show and refine the map of this CAM method; default: the model's low-res and high-res CAM",
      ).choices(camMethods.map(({ name }) => name)),
    )
    .option(
      '--layer <name>',
      "the layer that --method looks at; default: the method's own, see below",
      layers,
    )
    .option('--smooth', 'with --method: the mean over mirrored and resized views, 12 times the work')
    .addOption(imageSizeOption())
    .option('--npy', 'write every map as .npy too')
    .option('--svg', 'write the figures as SVG too')
    .addOption(deviceOption())
    .addHelpText('after', methodHelp())
    .action((images: string[], options: ExplainOptions) => {
      checkMethod(command, options);
      return run(images, { ...options, weightDir: options.weightDir ?? photoModel });
    });
  for (const option of [...modelOptions(), ...pipelineOptions()]) command.addOption(option);
  return command;
}

/** The methods and the layers that they look at, below the options. */
function methodHelp(): string {
  const width = Math.max(...camMethods.map(({ name }) => name.length));
  const rows = camMethods.map(
    (entry) =>
      `  ${entry.name.padEnd(width)}  ${entry.title}, at ${usualLayers(entry, densenetLayers).join(', ')}${entry.layerChoice === 'none' ? ' always' : ''}`,
  );
  return `
Methods, and the layers of this project's own networks that they look at unless --layer says another
(layer-cam takes several: --layer dense_5,dense_3):
${rows.join('\n')}

Layers, from the classifier back to the picture: ${densenetLayers.names.join(', ')}.
Any other ONNX classifier has layers of its own: hrm summary FILE lists them, and marks where methods look.
At low and dense_5, Grad-CAM is the positive part of the CAM, and HiResCAM the CAM, but for a factor.

A method's map stands in the place of both CAMs in the refinement: as it is in that of the low-res CAM,
enlarged in that of the high-res CAM. NAME.map.png shows it on the picture, not refined.`;
}

/** What of the options does not go together is wrong usage. */
function checkMethod(command: Command, { method }: ExplainOptions): void {
  if (method === undefined) {
    // What stands in the environment or the project file is for calls with a method.
    for (const name of ['layer', 'smooth']) {
      if (command.getOptionValueSource(name) === 'cli') {
        command.error(
          `error: --${name} goes with --method NAME: ${camMethods.map((one) => one.name).join(', ')}`,
        );
      }
    }
  }
}

/** A model, and the method to explain by, if one was asked for. */
interface OpenedModel {
  readonly model: CamModel;
  readonly method?: CamMethod;
}

async function run(images: readonly string[], options: ExplainOptions): Promise<void> {
  const { model, method } = await open(options);
  const choice = options.class === undefined ? undefined : classOf(model, options.class);
  await inFolder(options.out, () => explainAll({ model, method }, choice, images, options));
  await model.release();
  await method?.release?.();
}

/** The model, and the method to explain it with. A method needs of a full model what a half model has. */
async function open(options: ExplainOptions): Promise<OpenedModel> {
  const { weightDir, method, layer, smooth, device } = options;
  const found = await readAnyModel(weightDir, readOptions(options));
  const loading = { name: weightDir, device };
  if (method === undefined) {
    return { model: await openCamModel(found, createSession, loading) };
  }
  const model = await HalfModel.load({ ...found, type: 'half' }, createSession, loading);
  const opened = await openMethod(method, model.network, createSession, { layers: layer, smooth, device });
  return { model, method: opened };
}

/** Explains what can be explained. @throws at the end, when that is not all. */
async function explainAll(
  { model, method }: OpenedModel,
  choice: number | undefined,
  images: readonly string[],
  options: ExplainOptions,
): Promise<void> {
  const names = resultNames(images);
  const width = Math.max(...names.map((name) => name.length));
  const refineOptions = pickRefineOptions(options as unknown as Record<string, unknown>);
  let failed = 0;
  for (const [i, image] of images.entries()) {
    const name = names[i];
    try {
      const explained = await explainImage(model, image, options.weightDir, {
        class: choice,
        method,
        size: options.imSize,
        refine: refineOptions,
      });
      const npyPrefix = options.npy ? `${name}.` : undefined;
      await writeExplanation(options.out, name, explained, { svg: options.svg, npyPrefix });
      console.log(
        `${name.padEnd(width)}  ${describePredictions(explained)}${coversNote(explained)}${flatNote(explained)}`,
      );
    } catch (error) {
      if (images.length === 1) throw error;
      failed++;
      console.error(`error: ${(error as Error).message}`);
    }
  }
  if (failed < images.length) console.log(`figures and JSON are in ${options.out}`);
  if (failed > 0) throw new Error(`${failed} of ${images.length} pictures could not be explained`);
}

/** A picture's file, explained, as `writeExplanation` takes it. @param file the model's, as results name it */
export async function explainImage(
  model: CamModel,
  image: string,
  file: string,
  options?: Asked,
): Promise<ExplainedImage> {
  const result = await explain(model, pictureFile(image), options);
  const { picture, covers, refinement, method, enlarged, predictions, explained } = result;
  const best = predictions.slice(0, 5);
  return {
    image,
    picture,
    covers,
    refinement,
    method,
    enlarged,
    model: { file, predictions: best, explained },
  };
}

/** `cat 93.1 %, dog 4.0 %, fox 1.2 %`, and the explained class where it is another. */
function describePredictions({ model }: ExplainedImage): string {
  if (!model) return '';
  const { predictions, explained } = model;
  const top = predictions.slice(0, 3).map(({ name, probability }) => `${name} ${percent(probability)}`);
  const other =
    explained.index === predictions[0].index
      ? ''
      : `  explained: ${explained.name} ${percent(explained.probability)}`;
  return top.join(', ') + other;
}
