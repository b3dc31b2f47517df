/** Finds problems of a data set: unreadable files, classes without images, duplicate pictures. */
import { basename, relative, sep } from 'node:path';
import { FileError } from '../../errors/file-error.ts';
import { workerCount } from '../batches/load-in-workers.ts';
import type { MaskOptions } from '../ground-truth/mask-rule.ts';
import { TruthFiles } from '../ground-truth/truth-files.ts';
import { surveyTruth } from '../ground-truth/truth-survey.ts';
import type { ValueRange } from '../picture/value-range.ts';
import { mapAhead } from '../threads/map-ahead.ts';
import { WorkerPool } from '../threads/worker-pool.ts';
import { caseTwins } from './case-twins.ts';
import { listSplits, type SplitFolders, type SplitName } from './image-folder.ts';
import type { InspectedPicture, InspectTask, UnreadablePicture } from './inspect-pictures.ts';
import { nearPairs } from './near-pairs.ts';
import { likeness, thumbnailSize } from './picture-hash.ts';
import type { LeftOut } from './walk-pictures.ts';

/** Options of `checkDataset`. */
export interface CheckOptions {
  /**
   * Greatest Hamming distance of the 64-bit hashes of two near-duplicates, 0 to 15; default
   * `defaultDistance`.
   */
  readonly distance?: number;
  /** Values of black and white for pictures that are not 8-bit grey levels, as in `DecodeOptions`. */
  readonly valueRange?: ValueRange;
  /** Which mask values are the object, and which are ignored. */
  readonly masks?: MaskOptions;
  /** Called with the number of files read and of all files. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * 99 of 100 photographs that were reduced, compressed harder or brightened by a fifth stay within it.
 * `leastLikeness` rejects different pictures that do too.
 */
export const defaultDistance = 10;
/**
 * Least correlation of the thumbnails of two near-duplicates. Photographs of one butterfly in one pose reach
 * 0.93.
 */
const leastLikeness = 0.95;

/** Result of `checkDataset`. All paths are relative to the data set's folder, with `/`. */
export interface DatasetReport {
  readonly dir: string;
  /** Number of image files, including unreadable ones. */
  readonly images: number;
  /** The splits found; empty when the class folders are not in splits. */
  readonly splits: readonly SplitName[];
  /** Sorted by name, with image counts in total and per split. */
  readonly classes: readonly ({ readonly name: string; readonly images: number } & {
    readonly [split in SplitName]?: number;
  })[];
  /** Files and folders that are not read. */
  readonly leftOut: readonly LeftOut[];
  /** Class names that differ only in letter case, in groups of two or more. */
  readonly alike: readonly (readonly string[])[];
  readonly unreadable: readonly { readonly file: string; readonly reason: string }[];
  /** Readable pictures with implausible values, such as 12-bit data in 16 bits. */
  readonly unlikely: readonly { readonly file: string; readonly note: string }[];
  /** By number of pixels; absent when no picture can be read. */
  readonly sizes?: {
    readonly smallest: SizedFile;
    readonly median: SizedFile;
    readonly largest: SizedFile;
  };
  /** Classes without an image in one split, or without any. */
  readonly missing: readonly { readonly class: string; readonly split?: SplitName }[];
  /** Files with identical content. */
  readonly copies: readonly Duplicates[];
  /** Pairs of pictures that look the same. One file represents all with identical content. */
  readonly near: readonly (Duplicates & { readonly distance: number; readonly likeness: number })[];
  /** The masks and boxes found in each split that has some, and their problems. */
  readonly truth: readonly CheckedTruth[];
}

/** Masks and boxes of one split, as found by `checkDataset`. */
export interface CheckedTruth {
  readonly split: SplitName;
  /** How many pictures have a mask. */
  readonly masks: number;
  /** How many have boxes. */
  readonly boxes: number;
  /** What was found and assumed, one line each. */
  readonly notes: readonly string[];
  readonly problems: readonly { readonly file: string; readonly reason: string }[];
}

/** A picture's file, and its size in pixels. */
export interface SizedFile {
  readonly width: number;
  readonly height: number;
  readonly file: string;
}

/** Files that show the same picture. */
export interface Duplicates {
  readonly files: readonly string[];
  /** Whether they are in several splits, which makes test or validation results too good. */
  readonly acrossSplits: boolean;
  /** Whether they are labelled as different classes. */
  readonly acrossClasses: boolean;
}

interface File {
  readonly file: string;
  readonly split?: SplitName;
  readonly class: string;
}

/**
 * Reads every image of `dir/{train,val,test}/CLASS/`, or of `dir/CLASS/`, in worker threads, and reports what
 * may harm training or evaluation: unreadable files, classes without images, identical pictures and
 * near-duplicates (`distance`), implausible values, masks and boxes that do not fit. A problem of a picture
 * is part of the report, not an error.
 * @throws `FileError` when the folder is missing, is a file or has no class folders; when the distance is out
 * of range
 * @example
 * ```ts
 * import { checkDataset } from 'high-res-mapping/node';
 *
 * const { images, splits, classes, unreadable, copies, sizes } = await checkDataset('scenes');
 * console.log(images, splits); //=> 24 [ 'train', 'test' ]
 * console.log(classes[4]); //=> { name: 'star', train: 2, test: 2, images: 4 }
 * console.log(unreadable.length, copies.length, sizes?.median.width); //=> 0 0 32
 * ```
 */
export async function checkDataset(
  dir: string,
  { distance = defaultDistance, valueRange, masks, onProgress }: CheckOptions = {},
): Promise<DatasetReport> {
  const splits = await listSplits(dir);
  const files = splits.flatMap(filesOf);
  const paths = splits.flatMap(pathsOf);
  const unreadable: { file: string; reason: string }[] = [];
  const unlikely: { file: string; note: string }[] = [];
  const sizes: SizedFile[] = [];
  const byContent = new Map<string, File[]>();
  const hashes = new Uint16Array(4 * files.length);
  const thumbnails = new Uint8Array(thumbnailSize * files.length);
  let done = 0;
  for await (const result of inspectAll(paths, valueRange)) {
    const file = files[done++];
    onProgress?.(done, files.length);
    if ('reason' in result) {
      unreadable.push({ file: file.file, reason: result.reason });
      continue;
    }
    if (result.note !== undefined) unlikely.push({ file: file.file, note: result.note });
    sizes.push({ width: result.width, height: result.height, file: file.file });
    const same = byContent.get(result.content);
    if (same !== undefined) {
      same.push(file);
      continue;
    }
    hashes.set(result.hash, 4 * byContent.size);
    thumbnails.set(result.thumbnail, thumbnailSize * byContent.size);
    byContent.set(result.content, [file]);
  }
  const pictures = [...byContent.values()];
  const thumbnail = (i: number): Uint8Array =>
    thumbnails.subarray(thumbnailSize * i, thumbnailSize * (i + 1));
  const near: (Duplicates & { distance: number; likeness: number })[] = [];
  for (const [i, j, apart] of nearPairs(hashes.subarray(0, 4 * pictures.length), distance)) {
    const alike = likeness(thumbnail(i), thumbnail(j));
    if (alike < leastLikeness) continue;
    const pair = farthest(pictures[i], pictures[j]);
    near.push({ ...relation(pair), distance: apart, likeness: Number(alike.toFixed(4)) });
  }
  return {
    dir,
    images: files.length,
    ...classesOf(splits),
    leftOut: splits.flatMap(({ split, dir: folder, leftOut }) =>
      leftOut.map((one) => (split ? { ...one, path: `${basename(folder)}/${one.path}` } : one)),
    ),
    unreadable,
    unlikely,
    sizes: sizesOf(sizes),
    copies: pictures.filter((same) => same.length > 1).map(relation),
    near,
    truth: await checkTruth(dir, splits, masks),
  };
}

/**
 * Whether the report of `checkDataset` has a problem that should be fixed. Files that are not pictures are
 * harmless. Duplicates within one class of one split are only counted.
 * @example
 * ```ts
 * import { copyFile } from 'node:fs/promises';
 * import { checkDataset, needsMending, writeScenes } from 'high-res-mapping/node';
 *
 * await writeScenes({ out: 'leaky', classes: 2, train: 2, test: 2, size: 32 });
 * console.log(needsMending(await checkDataset('leaky'))); //=> false
 * await copyFile('leaky/test/disc/disc-0001.jpg', 'leaky/train/disc/copy.jpg');
 * const report = await checkDataset('leaky');
 * console.log(needsMending(report), report.copies[0].acrossSplits); //=> true true
 * ```
 */
export function needsMending(report: DatasetReport): boolean {
  const { unreadable, unlikely, missing, copies, near, leftOut, alike, truth } = report;
  const harmful = ({ acrossSplits, acrossClasses }: Duplicates): boolean => acrossSplits || acrossClasses;
  const lost = leftOut.some(({ kind }) => kind === 'picture' || kind === 'unusable');
  const listed = [unreadable, unlikely, missing, alike].some((list) => list.length > 0);
  const unusable = truth.some(({ problems }) => problems.length > 0);
  return listed || lost || unusable || copies.some(harmful) || near.some(harmful);
}

async function checkTruth(
  dir: string,
  splits: readonly SplitFolders[],
  options: MaskOptions | undefined,
): Promise<CheckedTruth[]> {
  const found: CheckedTruth[] = [];
  for (const { split, dir: folder } of splits) {
    if (split === undefined) continue;
    // Folders of validation images have several possible names, and so do their masks.
    const files = await TruthFiles.list(dir, basename(folder)).catch(asFileError);
    if (files === undefined) continue;
    if (files instanceof FileError) {
      found.push({ split, masks: 0, boxes: 0, notes: [], problems: [problemIn(dir, files)] });
      continue;
    }
    const { masks, boxes, notes, problems } = await surveyTruth(files.all(), { ...options, ...files.facts });
    found.push({ split, masks, boxes, notes, problems: problems.map((problem) => problemIn(dir, problem)) });
  }
  return found;
}

/** @throws the error itself when it is not a `FileError` */
function asFileError(error: unknown): FileError {
  if (error instanceof FileError) return error;
  throw error;
}

function problemIn(dir: string, { path, reason }: FileError): { file: string; reason: string } {
  return { file: relative(dir, path).split(sep).join('/'), reason };
}

function named(splits: readonly SplitFolders[]): SplitName[] {
  return splits.flatMap(({ split }) => split ?? []);
}

function filesOf({ split, dir, classes }: SplitFolders): File[] {
  const inside = split ? [basename(dir)] : [];
  return classes.flatMap(({ name, files }) =>
    files.map((file) => ({ file: [...inside, name, ...file.split(sep)].join('/'), split, class: name })),
  );
}

/** A folder's name on disk may have another Unicode form than its class. */
function pathsOf({ classes }: SplitFolders): string[] {
  return classes.flatMap(({ dir, files }) => files.map((file) => [dir, file].join(sep)));
}

function classesOf(
  splits: readonly SplitFolders[],
): Pick<DatasetReport, 'splits' | 'classes' | 'missing' | 'alike'> {
  const names = [...new Set(splits.flatMap(({ classes }) => classes.map(({ name }) => name)))].sort();
  const counts = splits.map(
    ({ classes }) => new Map(classes.map(({ name, files }) => [name, files.length] as const)),
  );
  const splitNames = named(splits);
  const rows = names.map((name) => {
    const numbers = counts.map((count) => count.get(name) ?? 0);
    const images = numbers.reduce((a, b) => a + b);
    return { name, ...Object.fromEntries(splitNames.map((split, i) => [split, numbers[i]])), images };
  });
  const missing = names.flatMap((name) =>
    splits.flatMap(({ split }, i) => (counts[i].get(name) ? [] : [{ class: name, split }])),
  );
  return { splits: splitNames, classes: rows, missing, alike: caseTwins(names) };
}

function sizesOf(sizes: readonly SizedFile[]): DatasetReport['sizes'] {
  if (sizes.length === 0) return undefined;
  const sorted = sizes.toSorted((a, b) => a.width * a.height - b.width * b.height);
  return {
    smallest: sorted[0],
    median: sorted[(sorted.length - 1) >> 1],
    largest: sorted[sorted.length - 1],
  };
}

function relation(files: readonly File[]): Duplicates {
  return {
    files: files.map(({ file }) => file),
    acrossSplits: files.some(({ split }) => split !== files[0].split),
    acrossClasses: files.some((file) => file.class !== files[0].class),
  };
}

/** One file of each group, preferably from two splits, else from two classes. */
function farthest(a: readonly File[], b: readonly File[]): readonly [File, File] {
  const pairs = a.flatMap((one) => b.map((other) => [one, other] as const));
  return (
    pairs.find(([one, other]) => one.split !== other.split) ??
    pairs.find(([one, other]) => one.class !== other.class) ??
    pairs[0]
  );
}

/** Files per task of a worker thread. */
const chunk = 16;

async function* inspectAll(
  paths: readonly string[],
  valueRange: ValueRange | undefined,
): AsyncGenerator<InspectedPicture | UnreadablePicture, void, undefined> {
  const workers = new WorkerPool<InspectTask, (InspectedPicture | UnreadablePicture)[]>(
    new URL('./inspect-worker', import.meta.url),
    workerCount,
  );
  const chunks = Array.from({ length: Math.ceil(paths.length / chunk) }, (_, i) =>
    paths.slice(chunk * i, chunk * (i + 1)),
  );
  for await (const results of mapAhead(
    chunks,
    (few) => workers.run({ paths: few, valueRange }),
    2 * workerCount,
  ))
    yield* results;
}
