/** `explain`: what a model sees in pictures, and where. */
import { Command } from 'commander';
import { readPicture } from '../data/decode.ts';
import { toImage } from '../data/read-image.ts';
import { classOf } from '../explain/class-of.ts';
import type { FullModel } from '../explain/full-model.ts';
import { predictionsOf, readForDisplay, refineExplanation } from '../explain-picture.ts';
import { loadFullModel } from '../load-model.ts';
import type { RefineOptions } from '../refine/pipeline.ts';
import type { Device } from '../runtime/session.ts';
import { inFolder, resultNames } from './files.ts';
import {
  classesOption,
  deviceOption,
  type GivenKerasOptions,
  imageSizeOption,
  inputScaleOption,
  kerasOptions,
  pickRefineOptions,
  pipelineOptions,
} from './options.ts';
import { percent } from './progress.ts';
import { type ExplainedImage, flatNote, writeExplanation } from './write-explanation.ts';

interface ExplainOptions extends GivenKerasOptions {
  weightDir: string;
  out: string;
  class?: string;
  imSize?: number;
  npy?: boolean;
  svg?: boolean;
  device: Device;
}

export function explainCommand(): Command {
  const command = new Command('explain')
    .usage('IMAGE... --weight-dir FILE --out DIR [options]')
    .description('explain pictures: what the model sees, and where; figures, JSON and maps for each')
    .argument('<image...>', 'pictures')
    .requiredOption('--weight-dir <file>', 'a full model, .onnx or Keras .h5')
    .requiredOption('--out <dir>', 'where the results go')
    .option('--class <name|index>', "the class to explain; default: each picture's predicted class")
    .addOption(imageSizeOption())
    .addOption(classesOption())
    .addOption(inputScaleOption())
    .option('--npy', 'write every map as .npy too')
    .option('--svg', 'write the figures as SVG too')
    .addOption(deviceOption())
    .action((images: string[], options: ExplainOptions) => run(images, options));
  for (const option of pipelineOptions()) command.addOption(option);
  return command;
}

async function run(images: readonly string[], options: ExplainOptions): Promise<void> {
  const { weightDir, device, classes, inputScale, imSize } = options;
  const keras = await kerasOptions({ classes, inputScale, imSize });
  const model = await loadFullModel(weightDir, { device, keras });
  const choice = options.class === undefined ? undefined : classOf(model, options.class);
  await inFolder(options.out, () => explainAll(model, choice, images, options));
  await model.release();
}

/** Explains what can be explained. @throws at the end, when that is not all. */
async function explainAll(
  model: FullModel,
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
        choice,
        imSize: options.imSize,
        refineOptions,
      });
      const npyPrefix = options.npy ? `${name}.` : undefined;
      await writeExplanation(options.out, name, explained, { svg: options.svg, npyPrefix });
      console.log(`${name.padEnd(width)}  ${describePredictions(explained)}${flatNote(explained)}`);
    } catch (error) {
      if (images.length === 1) throw error;
      failed++;
      console.error(`error: ${(error as Error).message}`);
    }
  }
  if (failed < images.length) console.log(`figures and JSON are in ${options.out}`);
  if (failed > 0) throw new Error(`${failed} of ${images.length} pictures could not be explained`);
}

/** One picture through model and refinement. */
export async function explainImage(
  model: FullModel,
  image: string,
  file: string,
  {
    choice,
    imSize = model.imSize,
    refineOptions = {},
  }: { choice?: number; imSize?: number; refineOptions?: RefineOptions } = {},
): Promise<ExplainedImage> {
  const [seen, picture] = await Promise.all([
    readPicture(image, { size: imSize, channels: model.channels as 1 | 3 }),
    readForDisplay(image),
  ]);
  const explanation = await model.explain(toImage(seen), choice);
  const refinement = refineExplanation(seen, explanation, 0, refineOptions);
  return { image, picture, refinement, model: { file, ...predictionsOf(model, explanation, 0) } };
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
