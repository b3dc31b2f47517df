/** What there is to mend in a data set: files that cannot be read, classes without images, pictures that are there twice. */
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

/** How a data set is looked over. */
export interface CheckOptions {
  /** Near-duplicates: the most of the 64 bits of two pictures' hashes that may differ, 0 to 15; default `defaultDistance`. */
  readonly distance?: number;
  /** Of pictures whose values are no grey levels, as `DecodeOptions` has it. */
  readonly valueRange?: ValueRange;
  /** Which values of masks are the object, and which take no part. */
  readonly masks?: MaskOptions;
  /** Told how many files have been read, of how many. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Of 100 photographs made smaller, compressed harder or brighter by a fifth, 99 stay within it; unlike ones that do too are told
 * apart by `leastLikeness`.
 */
export const defaultDistance = 10;
/** The least correlation of the thumbnails of two near-duplicates. Photographs of one butterfly in one pose reach 0.93. */
const leastLikeness = 0.95;

/** All paths are those inside the data set's folder, with `/`. */
export interface DatasetReport {
  readonly dir: string;
  /** Image files, unreadable ones too. */
  readonly images: number;
  /** The splits that there are; none: class folders alone. */
  readonly splits: readonly SplitName[];
  /** Sorted by name; files of each split, or, where the data is not split, in all. */
  readonly classes: readonly ({ readonly name: string; readonly images: number } & {
    readonly [split in SplitName]?: number;
  })[];
  /** Files and folders that are not read. */
  readonly leftOut: readonly LeftOut[];
  /** Class names that differ by letter case alone, two or more each. */
  readonly alike: readonly (readonly string[])[];
  readonly unreadable: readonly { readonly file: string; readonly reason: string }[];
  /** Pictures that can be read, and look as if their values meant something else: 12 bits in 16. */
  readonly unlikely: readonly { readonly file: string; readonly note: string }[];
  /** By number of pixels; absent where no picture can be read. */
  readonly sizes?: {
    readonly smallest: SizedFile;
    readonly median: SizedFile;
    readonly largest: SizedFile;
  };
  /** Classes without an image in a split, or without any. */
  readonly missing: readonly { readonly class: string; readonly split?: SplitName }[];
  /** Files of the same content. */
  readonly copies: readonly Duplicates[];
  /** Pictures that look the same, two files each; of files with the same content one stands for all. */
  readonly near: readonly (Duplicates & { readonly distance: number; readonly likeness: number })[];
  /** Of each split that has masks or boxes: what was found of them, and what cannot be used. */
  readonly truth: readonly CheckedTruth[];
}

export interface CheckedTruth {
  readonly split: SplitName;
  /** How many pictures have a mask. */
  readonly masks: number;
  /** How many have boxes. */
  readonly boxes: number;
  /** What was found and assumed, a line each. */
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
  /** Whether they are in several splits: then the test, or the validation, says too much good of a model. */
  readonly acrossSplits: boolean;
  /** Whether they are said to be of different classes. */
  readonly acrossClasses: boolean;
}

interface File {
  readonly file: string;
  readonly split?: SplitName;
  readonly class: string;
}

/**
 * Reads every image of `dir/{train,val,test}/CLASS/`, or of `dir/CLASS/`, in worker threads.
 * @throws when the folder is missing, is a file, or has no class folders; or when the distance is out of range.
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

/** Whether there is anything to mend. Files that are no pictures do no harm. Duplicates within a class of a split do little harm, and are only counted. */
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
    // Validation images lie in folders of several names, and so do their masks.
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

/** @throws what is none */
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

/** Folders' names on the disk may be other Unicode forms than the classes'. */
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

/** One file of each, if possible of two splits, else of two classes. */
function farthest(a: readonly File[], b: readonly File[]): readonly [File, File] {
  const pairs = a.flatMap((one) => b.map((other) => [one, other] as const));
  return (
    pairs.find(([one, other]) => one.split !== other.split) ??
    pairs.find(([one, other]) => one.class !== other.class) ??
    pairs[0]
  );
}

/** Files that a thread is given at a time. */
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
