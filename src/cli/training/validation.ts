/** Chooses the pictures that choose the best weights. */
import { basename, resolve } from 'node:path';
import { type Dataset, type ImageFolder, relabel, scanImageFolder } from '../../data/dataset/image-folder.ts';
import { holdOut } from './hold-out.ts';
import type { RunOptions } from './run-options.ts';
import type { Split } from './split.ts';
import {
  type OpenedStream,
  type OpenStreamOptions,
  openValidationStream,
  type StreamSplit,
} from './stream-split.ts';

export interface Validation<S extends Split = Split> {
  /** The remaining training images. */
  readonly train: S;
  /** The validation images; absent: the training loss chooses. */
  readonly images?: S;
  /** The name of these images in the model's file. */
  readonly name: string;
  /** Lines about choices that may be unexpected. */
  readonly notes: readonly string[];
}

/**
 * Takes the folder of `--val-dir`; else the share of the training images that `--validation-split` holds out,
 * class by class; else the folder `val` of the data set; else, for a network, its test images.
 * @throws when the folder of `--val-dir` is that of the training images, cannot be listed, or has a class
 * that they lack
 */
export async function chooseValidation(
  { valDir, validationSplit = 0, backbone, seed }: RunOptions,
  { train, val, test }: Dataset,
): Promise<Validation<ImageFolder>> {
  const unused = (chosen: string): string[] =>
    val ? [`${val.dir} is not used: the best weights are chosen on ${chosen}`] : [];
  if (valDir !== undefined) {
    const isThere = (split?: ImageFolder): boolean =>
      split !== undefined && resolve(split.dir) === resolve(valDir);
    if (isThere(train))
      throw new Error(`--val-dir ${valDir} holds the training images; other images are needed`);
    if (isThere(test)) return onTest(train, test as ImageFolder);
    if (isThere(val)) return { train, images: val, name: basename(valDir), notes: [] };
    const images = relabel(await scanImageFolder(valDir, { empty: 'leave out' }), train.classes);
    return { train, images, name: basename(valDir), notes: unused(valDir) };
  }
  if (validationSplit > 0) {
    const parts = holdOut(train, validationSplit, seed);
    const { heldOut } = parts;
    const none = `--validation-split ${validationSplit} holds out no image of ${train.dir}: each class has too few images`;
    return {
      train: parts.train,
      images: heldOut,
      name: heldOut ? 'held out of train' : 'train',
      notes: heldOut ? unused('a part of the training images') : [none],
    };
  }
  if (val) return { train, images: val, name: basename(val.dir), notes: [] };
  if (backbone !== undefined || !test) return { train, name: 'train', notes: [] };
  return onTest(train, test);
}

/**
 * For a stream: takes the stream of `--val-dir`; else what `--validation-split` has held out.
 * @throws when the stream of `--val-dir` is that of the training images, cannot be read, or has a class that
 * they lack
 */
export async function chooseOfStream(
  { valDir, validationSplit, seed }: RunOptions,
  { train, heldOut }: OpenedStream,
  reading: Pick<OpenStreamOptions, 'tell' | 'signal'>,
): Promise<Validation<StreamSplit>> {
  if (valDir !== undefined) {
    if (valDir === train.dir)
      throw new Error(`--val-dir ${valDir} holds the training images; other images are needed`);
    const images = await openValidationStream(valDir, train.classes, { seed, ...reading });
    return { train, images, name: basename(valDir), notes: [] };
  }
  if (heldOut || !validationSplit) {
    return { train, images: heldOut, name: heldOut ? 'held out of train' : 'train', notes: [] };
  }
  const none = `--validation-split ${validationSplit} holds out no image of ${train.dir}: there are too few images`;
  return { train, name: 'train', notes: [none] };
}

function onTest(train: ImageFolder, test: ImageFolder): Validation<ImageFolder> {
  const apart = `a folder val beside it, --val-dir DIR or --validation-split 0.1`;
  return {
    train,
    images: test,
    name: 'test',
    notes: [
      `the best weights are chosen on ${test.dir}, the images of hrm evaluate, whose figures will be too good; ${apart} gives a separate validation set`,
    ],
  };
}
