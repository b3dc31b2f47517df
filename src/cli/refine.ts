/** `refine`: applies the refinement pipeline to maps of any source. */
import { Command } from 'commander';
import { readRegular } from '../data/files/read-file.ts';
import { decodePicture } from '../data/picture/decode.ts';
import { pictureFile } from '../data/picture/picture-file.ts';
import { readPictureSize } from '../data/picture/picture-header.ts';
import {
  keptSource,
  type PictureSource,
  pictureInMemory,
  resizeFar,
  type WholeSize,
} from '../data/picture/picture-source.ts';
import type { ValueRange } from '../data/picture/value-range.ts';
import { checkMapSizes, type Sized } from '../refine/map-sizes.ts';
import { refine } from '../refine/pipeline.ts';
import { toRgb } from '../render/resample.ts';
import type { FloatMap, Picture } from '../tensor/tensor.ts';
import { inFolder, resultStem } from './files.ts';
import { pickRefineOptions, pipelineOptions, valueRangeOption } from './options.ts';
import { parseArrayPath } from './refine/read-array.ts';
import { readMap } from './refine/read-map.ts';
import { readPictureArray } from './refine/read-picture-array.ts';
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
      'the picture, a file or an array [H, W], [H, W, 1] or [H, W, 3] as .npy or .npz; it is resized to the high-res map',
    )
    .requiredOption('--low <file>', 'the low-res map [h, w]: .npy, .npz or a grey PNG')
    .requiredOption('--high <file>', 'the high-res map [H, W], in a format of --low')
    .requiredOption('--out <dir>', 'where the results go')
    .addOption(valueRangeOption())
    .addHelpText('after', `${writeHelp()}\n\n${inputHelp}`)
    .action((image: string, options: RefineCommandOptions) => run(image, options));
  for (const option of [...writeOptions(), ...pipelineOptions()]) command.addOption(option);
  return command;
}

const inputHelp = `Arrays and maps:
  .npy  bool, whole numbers, floats of 16 to 64 bits; either byte order, C or Fortran order
  .npz  as .npy; one of several arrays is chosen by name: maps.npz:high
  .png  only for maps: grey, 8 or 16 bits; 0 to 255, or 0 to 65535, becomes 0 to 1
A picture's array has whole numbers from 0 to 255, or floats from 0 to 1. A map is square, or has the picture's aspect ratio.`;

async function run(image: string, options: RefineCommandOptions): Promise<void> {
  const notes = new Set<string>();
  const tell = (line: string): void => void notes.add(line);
  const low = await readMap(options.low, tell);
  const high = await readMap(options.high, tell);
  const [height, width] = high.shape;
  const opened = await openPicture(image, { height, width }, tell, options.valueRange);
  const { path, source, seen, size } = opened;
  const sizes = [sized(options.low, low), sized(options.high, high)] as const;
  for (const line of checkMapSizes({ name: path, ...size }, ...sizes)) tell(line);
  const parameters = pickRefineOptions(options as unknown as Record<string, unknown>);
  const refinement = refine(seen, low, high, parameters);
  if (refinement.flat.includes('low') && refinement.flat.includes('high')) {
    throw new Error(`${options.low}, ${options.high}: both maps are flat, one value everywhere`);
  }
  const of = { picture: await source.shown(), refinement };
  const smaller = await inFolder(options.out, () =>
    writeExplanation(options.out, resultStem(path), { image, source, of }, options, ''),
  );
  for (const line of notes) console.error(line);
  console.log(`${resultStem(path)}: results are in ${options.out}${flatNote([of])}${smallerNote(smaller)}`);
}

interface OpenedPicture {
  readonly path: string;
  readonly source: PictureSource;
  /** The picture at the requested size, without keeping the proportions. */
  readonly seen: Picture;
  /** The picture's own size. */
  readonly size: WholeSize;
}

async function openPicture(
  image: string,
  { height, width }: WholeSize,
  tell: (line: string) => void,
  valueRange: ValueRange | undefined,
): Promise<OpenedPicture> {
  const from = parseArrayPath(image);
  const array = await readPictureArray(from, tell);
  const { path } = from;
  if (array === undefined) {
    const values = { valueRange, onNote: (note: string) => tell(`note: ${path}: ${note}`) };
    const bytes = await readRegular(path);
    const seen = await decodePicture(bytes, path, { ...values, height, width });
    const size = await readPictureSize(bytes);
    return { path, source: keptSource(pictureFile(path, values)), seen, size };
  }
  const rgb = toRgb(array);
  const size = { height: rgb.shape[0], width: rgb.shape[1] };
  return { path, source: keptSource(pictureInMemory(rgb)), seen: resizeFar(rgb, height, width), size };
}

function sized(name: string, { shape: [height, width] }: FloatMap): Sized {
  return { name, height, width };
}
