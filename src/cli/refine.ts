/** `refine`: the refinement pipeline on maps that any tool made. */
import { Command } from 'commander';
import { readBytes } from '../data/files/read-file.ts';
import { readPicture } from '../data/picture/decode.ts';
import { refine } from '../refine/pipeline.ts';
import { decodeNpy } from '../tensor/npy.ts';
import { type FloatMap, type Picture, reshape, tensor } from '../tensor/tensor.ts';
import { inFolder, stem } from './files.ts';
import { pickRefineOptions, pipelineOptions } from './options.ts';
import { flatNote, writeExplanation } from './write-explanation.ts';

interface RefineCommandOptions {
  low: string;
  high: string;
  out: string;
  npy?: boolean;
  svg?: boolean;
}

export function refineCommand(): Command {
  const command = new Command('refine')
    .usage('IMAGE --low FILE --high FILE --out DIR [options]')
    .description('refine class activation maps that any tool made')
    .argument(
      '<image>',
      'the picture, resized to the high-res map; or, of its size, a uint8 [H, W, 3] array as .npy',
    )
    .requiredOption('--low <file>', 'the low-res map, [h, w] as .npy')
    .requiredOption('--high <file>', 'the high-res map, [H, W] as .npy')
    .requiredOption('--out <dir>', 'where the results go')
    .option('--npy', 'write every step as .npy too')
    .option('--svg', 'write the figures as SVG too')
    .action((image: string, options: RefineCommandOptions) => run(image, options));
  for (const option of pipelineOptions()) command.addOption(option);
  return command;
}

async function run(image: string, options: RefineCommandOptions): Promise<void> {
  const low = await readMap(options.low);
  const high = await readMap(options.high);
  const [height, width] = high.shape;
  const picture = image.endsWith('.npy')
    ? await readPictureArray(image)
    : await readPicture(image, { height, width });
  const parameters = pickRefineOptions(options as unknown as Record<string, unknown>);
  const refinement = refine(picture, low, high, parameters);
  if (refinement.flat.includes('low') && refinement.flat.includes('high')) {
    throw new Error(`${options.low}, ${options.high}: both maps are flat, one value everywhere`);
  }
  const explained = { image, picture, refinement };
  const npyPrefix = options.npy ? '' : undefined;
  await inFolder(options.out, () =>
    writeExplanation(options.out, stem(image), explained, { svg: options.svg, npyPrefix }),
  );
  console.log(`${stem(image)}: figures and JSON are in ${options.out}${flatNote(explained)}`);
}

/** A map of real numbers, `[H, W]` or with axes of length 1 around it. */
async function readMap(path: string): Promise<FloatMap> {
  const array = decodeNpy(await readBytes(path), path);
  const shape = array.shape.length > 2 ? array.shape.filter((dim) => dim !== 1) : array.shape;
  if (shape.length !== 2) throw new Error(`${path}: a map [H, W] is needed, got [${array.shape}]`);
  return reshape(
    tensor('float32', array.shape, Float32Array.from(array.data as Float32Array, Number)),
    shape,
  );
}

async function readPictureArray(path: string): Promise<Picture> {
  const array = decodeNpy(await readBytes(path), path);
  if (array.dtype !== 'uint8' || array.shape.length !== 3) {
    throw new Error(`${path}: a uint8 array [H, W, 3] is needed, got ${array.dtype} [${array.shape}]`);
  }
  return array as Picture;
}
