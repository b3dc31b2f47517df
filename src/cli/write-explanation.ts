/** Writes the requested files of an explained picture: mask, cut-out, overlay, figures, JSON and maps. */
import { join } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { writeFileWhole } from '../data/files/write-file.ts';
import type { PictureSource, WholeSize } from '../data/picture/picture-source.ts';
import { encodePng } from '../data/picture/write-picture.ts';
import type { Explained } from '../explain/explain.ts';
import { type FullSize, fullSize, shownSize } from '../explain/full-size.ts';
import { cutOutOf } from '../refine/full-size/lay-out.ts';
import { mapsOf } from '../refine/maps-of.ts';
import { drawClasses } from '../render/class-figure.ts';
import { drawPng } from '../render/draw-png.ts';
import { maskImage } from '../render/mask-picture.ts';
import type { Medium } from '../render/medium.ts';
import { drawOverlay, overlay } from '../render/overlay.ts';
import { drawPipeline } from '../render/pipeline-figure.ts';
import { coversText, explanationJson } from '../report/explanation.ts';
import { coversSentence, describeMethod, figureWords } from '../report/figure-words.ts';
import { encodeNpy } from '../tensor/npy.ts';
import { type Picture, tensor } from '../tensor/tensor.ts';
import { nfc } from '../text/nfc.ts';
import { shortened } from './files.ts';

/** The explanation of a class; or a refinement of maps from another source, without class and predictions. */
export type ExplainedClass = Pick<Explained, 'picture' | 'covers' | 'refinement'> &
  Partial<Pick<Explained, 'method' | 'enlarged' | 'predictions' | 'explained'>>;

export interface ExplainedImage {
  /** The image's path, as given. */
  readonly image: string;
  readonly source: PictureSource;
  /** The model's file; absent when the maps come from another source. */
  readonly model?: string;
  /** One explanation, or a list for several classes. */
  readonly of: ExplainedClass | readonly ExplainedClass[];
  /** For one class only: its result at the picture's size, if already computed. */
  readonly full?: FullSize;
}

/**
 * All kinds of files. `NAME` is the picture's name; with several classes, followed by the class's name,
 * except for the JSON and the figure.
 */
const fileKinds = {
  overlay: 'the refined map on the picture, NAME.overlay.png',
  levels: 'the refined map alone, grey from 0 to 255, NAME.levels.png',
  mask: 'the kept pixels, 255, and the others, 0, NAME.mask.png',
  cutout: 'the kept pixels of the picture, the others transparent, NAME.cutout.png',
  json: 'predictions, boxes, options, NAME.json',
  figure: 'the picture, maps and cut-outs of all classes, NAME.figure.png',
  pipeline: 'every step of the refinement, NAME.pipeline.png',
  map: 'with --method: its map on the picture, not refined, NAME.map.png',
  npy: 'every map, NAME.*.npy',
} as const;
export type FileKind = keyof typeof fileKinds;

/**
 * The default kinds: results only. Files that show the steps in between are larger than these together, and
 * take as long.
 */
const usualKinds: readonly FileKind[] = ['overlay', 'mask', 'cutout', 'json', 'figure', 'map'];

/**
 * The options of commands that write explanations.
 * @param orNone whether `none` is a choice; default: false
 */
export function writeOptions(orNone = false): Option[] {
  const kinds = Object.keys(fileKinds) as FileKind[];
  return [
    new Option('--write <kinds>', `files to write, separated by commas: ${kinds.join(', ')}`)
      .argParser((text) => {
        if (orNone && text.trim() === 'none') return [];
        const given = text.split(',').map((word) => word.trim());
        const wrong = given.find((word) => !kinds.includes(word as FileKind));
        if (wrong === undefined) return given;
        const alone = orNone ? ", or 'none'," : '';
        throw new InvalidArgumentError(`Some of ${kinds.join(', ')}${alone} are needed, got '${wrong}'.`);
      })
      .default(undefined, usualKinds.join(',')),
    new Option('--npy', 'also write every map as .npy'),
    new Option('--svg', 'also write the figures as SVG'),
  ];
}

/** The values of `writeOptions`. */
export interface WriteOptions {
  readonly write?: readonly FileKind[];
  readonly npy?: boolean;
  readonly svg?: boolean;
}

/** The help text about the kinds of files, after the options of a command. */
export function writeHelp(): string {
  const width = Math.max(...Object.keys(fileKinds).map((kind) => kind.length));
  const rows = Object.entries(fileKinds).map(([kind, text]) => `  ${kind.padEnd(width)}  ${text}`);
  return `
--write:
${rows.join('\n')}
Overlay, levels, mask and cut-out have the picture's own size. With several classes, NAME is NAME.CLASS, except in
the names of the JSON file and the figure.`;
}

/** Kinds that need only a map and the picture, whatever the map is. */
export const mapKinds: readonly FileKind[] = ['overlay', 'levels', 'mask', 'cutout'];
const wholeKinds: readonly FileKind[] = [...mapKinds, 'json'];

/** Whether any requested kind needs the whole picture. */
export function needsWhole({ write = usualKinds }: WriteOptions): boolean {
  return write.some((kind) => wholeKinds.includes(kind));
}

/**
 * Writes the requested files to a folder, once all of them have been made.
 * @param mapPrefix the prefix of the names of maps; default: the name
 * @returns the sizes of picture and result, when the result had to be smaller
 */
export async function writeExplanation(
  out: string,
  name: string,
  explained: ExplainedImage,
  options: WriteOptions,
  mapPrefix = `${name}.`,
): Promise<FullSize['pictureSize'][]> {
  const { files, sizes } = await explanationFiles(name, explained, options, mapPrefix);
  for (const [file, content] of Object.entries(files)) await writeFileWhole(join(out, file), content);
  return sizes;
}

/** What `writeExplanation` writes, by name. */
export interface ExplanationFiles {
  readonly files: Readonly<Record<string, Uint8Array | string>>;
  /** The sizes of picture and result, when the result had to be smaller. */
  readonly sizes: FullSize['pictureSize'][];
}

/**
 * The requested files.
 * @param mapPrefix the prefix of the names of maps; default: the name
 */
export async function explanationFiles(
  name: string,
  explained: ExplainedImage,
  { write = usualKinds, npy = false, svg = false }: WriteOptions,
  mapPrefix = `${name}.`,
): Promise<ExplanationFiles> {
  const kinds = new Set<FileKind>([...write, ...(npy ? (['npy'] as const) : [])]);
  const several = Array.isArray(explained.of);
  const classes = [explained.of].flat() as readonly ExplainedClass[];
  const names = several ? classWords(classes).map((word) => `${name}.${word}`) : [name];
  const files: Record<string, Uint8Array | string> = {};
  const drawings: Record<string, (medium?: Medium) => string> = {};
  const records: (Pick<ExplainedClass, 'explained' | 'refinement'> & { full?: FullSize })[] = [];
  const sizes: FullSize['pictureSize'][] = [];
  for (const [i, one] of classes.entries()) {
    const { refinement } = one;
    const full = needsWhole({ write })
      ? (explained.full ?? (await fullSize(explained.source, one)))
      : undefined;
    if (full) Object.assign(files, await fullSizeFiles(names[i], full, kinds));
    if (full && full.picture.shape[0] < full.pictureSize.height) {
      const [height, width] = full.picture.shape;
      sizes.push(full.pictureSize, { height, width });
    }
    records.push({ explained: one.explained, refinement, full });
    if (kinds.has('pipeline')) drawings[`${names[i]}.pipeline`] = pipelineDrawing(name, one);
    if (kinds.has('map') && one.method) drawings[`${names[i]}.map`] = mapDrawing(name, one);
    if (kinds.has('npy')) {
      const prefix = several ? `${names[i]}.` : mapPrefix;
      for (const [step, map] of Object.entries(mapsOf(refinement)))
        files[`${prefix}${step}.npy`] = encodeNpy(map);
    }
  }
  const [first] = classes;
  const size = first.covers ? undefined : await explained.source.size?.();
  if (kinds.has('figure')) drawings[`${name}.figure`] = figureDrawing(name, classes, size);
  if (kinds.has('json')) {
    const { image, model } = explained;
    const { covers, method, predictions = [] } = first;
    files[`${name}.json`] = explanationJson({
      image,
      covers,
      method,
      model: model === undefined ? undefined : { file: model, predictions: predictions.slice(0, 5) },
      of: several ? records : records[0],
    });
  }
  const pngs = await Promise.all(Object.values(drawings).map((draw) => drawPng(draw)));
  for (const [i, file] of Object.keys(drawings).entries()) files[`${file}.png`] = pngs[i];
  if (svg) for (const [file, draw] of Object.entries(drawings)) files[`${file}.svg`] = draw();
  return { files, sizes: sizes.slice(0, 2) };
}

/**
 * For larger pictures, files are made one after the other: each takes up to eight bytes a pixel meanwhile.
 */
const pixelsTogether = 2 ** 25;

/** The files at the picture's own size. */
export async function fullSizeFiles(
  name: string,
  { picture, levels, mask }: FullSize,
  kinds: ReadonlySet<FileKind>,
): Promise<Record<string, Uint8Array>> {
  const made: Partial<Record<FileKind, () => Picture>> = {
    overlay: () => overlay(picture, levels),
    cutout: () => cutOutOf(picture, mask),
    mask: () => maskImage(mask),
    levels: () => tensor('uint8', [...levels.shape, 1], levels.data),
  };
  const files: Record<string, Uint8Array> = {};
  const writing: Promise<void>[] = [];
  for (const [kind, make] of Object.entries(made)) {
    if (!kinds.has(kind as FileKind)) continue;
    const encode = async (): Promise<void> => {
      files[`${name}.${kind}.png`] = await encodePng(make(), {
        compressionLevel: kind === 'mask' || kind === 'levels' ? 6 : 1,
      });
    };
    writing.push(encode());
    if (mask.data.length > pixelsTogether) await writing.at(-1);
  }
  await Promise.all(writing);
  return files;
}

/**
 * Bytes of a class's name in a file's name: with the picture's name, kind and extension it stays below 255.
 */
const mostClassBytes = 60;

/** The names of classes as parts of file names. Those with equal letters and digits also get their index. */
function classWords(classes: readonly ExplainedClass[]): string[] {
  const words = classes.map(({ explained }) => nfc(explained?.name ?? '').replace(/[^\p{L}\p{N}-]+/gu, '_'));
  return words.map((word, i) => {
    const alone = words.filter((other) => other.toLowerCase() === word.toLowerCase()).length === 1;
    const own = alone && /[\p{L}\p{N}]/u.test(word) ? word : `${word}-${classes[i].explained?.index}`;
    return Buffer.byteLength(own) <= mostClassBytes ? own : shortened(own, mostClassBytes);
  });
}

function pipelineDrawing(name: string, one: ExplainedClass): (medium?: Medium) => string {
  const words = figureWords(name, one.explained?.name, one);
  const [height, width] = one.picture.shape;
  const options = { ...words, aspect: width / height, predictions: one.predictions?.slice(0, 5) };
  return (medium) => drawPipeline(one.refinement, options, medium);
}

function figureDrawing(
  name: string,
  classes: readonly ExplainedClass[],
  size: WholeSize | undefined,
): (medium?: Medium) => string {
  const [{ picture, method, covers, predictions = [] }] = classes;
  const columns = classes.map((one) => ({
    ...shownSize(one),
    name: one.explained?.name,
    probability: one.explained?.probability,
  }));
  const used = method && `Refined from the map of ${describeMethod(method)}.`;
  const caption = [used, covers && coversSentence(covers)].filter(Boolean).join(' ');
  return (medium) => drawClasses(picture, columns, { title: name, caption, size, predictions }, medium);
}

/** Draws the method's own map. Signed maps are centred at zero. */
function mapDrawing(
  name: string,
  { picture, covers, method, explained, refinement: { lowCam } }: ExplainedClass,
): (medium?: Medium) => string {
  const options = {
    title: name,
    caption: explained?.name,
    probability: explained?.probability,
    note: covers && coversSentence(covers),
    size: 480,
    label: method && describeMethod(method),
    range: lowCam.data.some((value) => value < 0) ? ('symmetric' as const) : ('minmax' as const),
  };
  return (medium) => drawOverlay(picture, lowCam, options, medium);
}

/** Names the maps that are constant; empty without one. */
export function flatNote(classes: readonly Pick<ExplainedClass, 'refinement'>[]): string {
  const names = { low: 'low-res', high: 'high-res', merged: 'refined' };
  const found = new Set(
    classes.flatMap(({ refinement: { flat } }) => flat.map((map) => `${names[map]} map`)),
  );
  return found.size === 0 ? '' : `  (flat, one value everywhere: ${[...found].join(', ')})`;
}

/** Describes the part of the picture that the maps cover; empty when it is the whole picture. */
export function coversNote({ covers }: ExplainedClass): string {
  return covers ? `  (${coversText(covers)})` : '';
}

/**
 * Reports that results are smaller than the picture; empty when they are not.
 * @param sizes as returned by `writeExplanation`
 */
export function smallerNote([picture, result]: readonly FullSize['pictureSize'][]): string {
  if (picture === undefined) return '';
  const { height, width } = picture;
  return `  (${width} x ${height} pixels; results are ${result.width} x ${result.height})`;
}
