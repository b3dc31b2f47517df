/** Splits a folder of class folders into training and test images. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { FileError } from '../../errors/file-error.ts';
import { random } from '../../tensor/random.ts';
import { listSplits } from './image-folder.ts';
import { type Placed, type PlaceOptions, placeFiles } from './place-files.ts';
import type { LeftOut } from './walk-pictures.ts';

/** How a data set is divided into train and test. */
export interface SplitOptions extends PlaceOptions {
  /** Share of each class for testing, between 0 and 1; default 0.2. */
  readonly test?: number;
  /** Seed of the random choice, an integer; default 0. */
  readonly seed?: number;
}

/** Numbers of images and classes after a split. */
export interface SplitReport extends Placed {
  readonly train: number;
  readonly test: number;
  readonly classes: number;
  /** Classes with a single image, which is used for training. */
  readonly untested: readonly string[];
  /** Files and folders that are not placed. */
  readonly leftOut: readonly LeftOut[];
}

/**
 * Creates `out/{train,test}/CLASS/` from `dir/CLASS/`, which is not changed. Of each class a share, a fifth
 * unless told otherwise, is drawn for testing: rounded, at least one image if there are two, and never all.
 * Each class is split separately: new files in one class do not affect the others. The same seed gives the
 * same split.
 * @throws when the share is not between 0 and 1; when `out` is not empty, lies in `dir` or cannot be written;
 * `FileError` when `dir` is missing, is already split, or has a class without images
 * @example
 * ```ts
 * import { splitDataset } from 'high-res-mapping/node';
 *
 * const { train, test, classes } = await splitDataset('scenes/train', { out: 'halves', test: 0.5 });
 * console.log(`${train} to train, ${test} to test`, classes); //=> 6 to train, 6 to test 6
 * ```
 */
export async function splitDataset(
  dir: string,
  { test: share = 0.2, seed = 0, ...place }: SplitOptions,
): Promise<SplitReport> {
  if (!(share > 0 && share < 1)) {
    throw new Error(`splitDataset: test is a share between 0 and 1, got ${share}`);
  }
  const [{ split, classes, leftOut }] = await listSplits(dir);
  if (split !== undefined) {
    throw new FileError(
      dir,
      'it is already split into train and test; a folder with one folder per class is needed',
    );
  }
  const count = { train: 0, test: 0 };
  const untested: string[] = [];
  const placements = classes.flatMap(({ name, dir: folder, files }) => {
    if (files.length === 0) throw new FileError(folder, 'no images in this class folder');
    const chosen = drawTest(files.length, share, name, seed);
    if (chosen.size === 0) untested.push(name);
    return files.map((file, i) => {
      const part = chosen.has(i) ? 'test' : 'train';
      count[part]++;
      return { from: join(folder, file), to: `${part}/${name}/${file}` };
    });
  });
  const placed = await placeFiles(dir, placements, place);
  return { ...count, classes: classes.length, untested, leftOut, ...placed };
}

/**
 * Chooses the test images of a class: its share, rounded, but at least one if there are two images, and never
 * all.
 * @param n number of images of the class
 * @returns indices among them, the same for the same class name, number and seed
 */
export function drawTest(n: number, share: number, name: string, seed: number): Set<number> {
  const own = createHash('sha256').update(`${seed}/${name}`).digest().readInt32LE();
  const count = Math.min(n - 1, Math.max(1, Math.round(share * n)));
  return new Set(
    random(own)
      .shuffle([...Array(n).keys()])
      .slice(0, count),
  );
}
