/** `refine`: the refinement pipeline on maps that any tool made. */
import { Command } from 'commander';
import { readBytes } from '../data/files/read-file.ts';
import { readPicture } from '../data/picture/decode.ts';
import { pictureFile } from '../data/picture/picture-file.ts';
import { keptSource, pictureInMemory } from '../data/picture/picture-source.ts';
import type { ValueRange } from '../data/picture/value-range.ts';
import { refine } from '../refine/pipeline.ts';
import { toRgb } from '../render/resample.ts';
import { decodeNpy } from '../tensor/npy.ts';
import { type FloatMap, type Picture, reshape, tensor } from '../tensor/tensor.ts';
import { inFolder, resultStem } from './files.ts';
import { pickRefineOptions, pipelineOptions, valueRangeOption } from './options.ts';
import {
  flatNote,
  smallerNote,
  type WriteOptions,
  writeExplanation,
  writeHelp,
  writeOptions,
} from './write-explanation.ts';

interface RefineCommandOptions extends WriteOptions {
  low: string;
  high: string;
  valueRange?: ValueRange;
  out: string;
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
    .addOption(valueRangeOption())
    .addHelpText('after', writeHelp())
    .action((image: string, options: RefineCommandOptions) => run(image, options));
  for (const option of [...writeOptions(), ...pipelineOptions()]) command.addOption(option);
  return command;
}

async function run(image: string, options: RefineCommandOptions): Promise<void> {
  const low = await readMap(options.low);
  const high = await readMap(options.high);
  const [height, width] = high.shape;
  const odd = new Set<string>();
  const values = { valueRange: options.valueRange, onNote: (note: string) => odd.add(note) };
  const array = image.endsWith('.npy') ? await readPictureArray(image) : undefined;
  const seen = array ?? (await readPicture(image, { ...values, height, width }));
  const parameters = pickRefineOptions(options as unknown as Record<string, unknown>);
  const refinement = refine(seen, low, high, parameters);
  if (refinement.flat.includes('low') && refinement.flat.includes('high')) {
    throw new Error(`${options.low}, ${options.high}: both maps are flat, one value everywhere`);
  }
  const source = keptSource(array ? pictureInMemory(toRgb(array)) : pictureFile(image, values));
  const of = { picture: await source.shown(), refinement };
  const sizes = await inFolder(options.out, () =>
    writeExplanation(options.out, resultStem(image), { image, source, of }, options, ''),
  );
  console.log(`${resultStem(image)}: results are in ${options.out}${flatNote([of])}${smallerNote(sizes)}`);
  for (const note of odd) console.error(`note: ${image}: ${note}`);
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
