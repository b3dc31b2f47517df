/** Writes synthetic scenes as an image folder, with masks and boxes as ground truth. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { random } from '../../tensor/random.ts';
import { type Mask, tensor } from '../../tensor/tensor.ts';
import { fillFolder } from '../dataset/stage-folder.ts';
import { encodeJpeg, encodePng } from '../picture/write-picture.ts';
import { mapAhead } from '../threads/map-ahead.ts';
import { renderScene, type SceneOptions } from './scene.ts';
import { shapeNames } from './shapes.ts';

/** Number, classes and size of the scenes. */
export interface WriteScenesOptions {
  /** The data set's folder. If it exists, it must be empty. Parent folders are created. */
  readonly out: string;
  /** Number of classes, 2 to 12, default 6: the first of `shapeNames`. */
  readonly classes?: number;
  /** Number of training scenes over all classes, at least one per class, default 600. */
  readonly train?: number;
  /** Number of test scenes over all classes, at least one per class, default 150. */
  readonly test?: number;
  /** Height and width in pixels, 32 to 4096, default 128. */
  readonly size?: number;
  /** As in `renderScene`; default [0.15, 0.45]. */
  readonly objectSize?: readonly [least: number, largest: number];
  /** As in `renderScene`, 0 to 1, default 1. */
  readonly clutter?: number;
  /**
   * Seed, an integer, default 0. The same seed gives the same scenes; a smaller data set has the first scenes
   * of a larger one.
   */
  readonly seed?: number;
  /** Called after every scene with the number written and of all scenes. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** A picture's entry in `boxes.json`, whose key is its path inside the data set. */
export interface BoxEntry {
  /** Width and height in pixels. */
  readonly size: readonly [width: number, height: number];
  /** `[x0, y0, x1, y1)` in pixels, one per object. */
  readonly boxes: readonly (readonly [x0: number, y0: number, x1: number, y1: number])[];
  /** Share of pixels that show the object, [0, 1], to four digits. */
  readonly fg: number;
}

/**
 * Writes a data set of synthetic scenes, all or nothing: `{train,test}/CLASS/CLASS-0001.jpg` (JPEG, quality
 * 95), `masks/{train,test}/CLASS/CLASS-0001.png` (0 background, 255 object) and `boxes.json`
 * (`"test/CLASS/CLASS-0001.jpg": {size, boxes, fg}`). Scenes are distributed evenly over the classes.
 * Training and test scenes come from different random streams.
 * @returns the class names, in the order of their folders
 * @throws when an option is out of range, or the folder is not empty or cannot be written
 * @example
 * ```ts
 * import { writeScenes } from 'high-res-mapping/node';
 *
 * const { classes } = await writeScenes({ out: 'small', train: 6, test: 6, size: 32 });
 * console.log(classes.join(' ')); //=> cross disc ring square star triangle
 * ```
 */
export async function writeScenes(options: WriteScenesOptions): Promise<{ classes: string[] }> {
  const {
    classes = 6,
    train = 600,
    test = 150,
    size = 128,
    seed = 0,
    objectSize,
    clutter,
    onProgress,
  } = options;
  check('classes', classes, 2, shapeNames.length);
  check('train', train, classes, 1e6);
  check('test', test, classes, 1e6);
  check('size', size, 32, 4096);
  check('seed', seed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  const shapes = shapeNames.slice(0, classes);
  await fillFolder(options.out, async (stage) => {
    const root = random(seed);
    const streams = { train: random(root.integer(2 ** 32)), test: random(root.integer(2 ** 32)) };
    const boxes: Record<string, BoxEntry> = {};
    let done = 0;
    for (const [split, count] of [
      ['train', train],
      ['test', test],
    ] as const) {
      const work = (i: number): Promise<[string, BoxEntry]> =>
        writeScene(stage, split, Math.floor(i / classes) + 1, {
          shape: shapes[i % classes],
          size,
          random: streams[split],
          objectSize,
          clutter,
        });
      await makeFolders(stage, split, shapes);
      for await (const [path, entry] of mapAhead(Array(count).keys(), work, 4)) {
        boxes[path] = entry;
        onProgress?.(++done, train + test);
      }
    }
    const lines = Object.entries(boxes).map(
      ([path, entry]) => `${JSON.stringify(path)}: ${JSON.stringify(entry)}`,
    );
    await writeFile(join(stage, 'boxes.json'), `{${lines.join(',\n')}}\n`);
  });
  return { classes: [...shapes].sort() };
}

/**
 * Draws the scene synchronously, before the first `await`, so that scenes take their random numbers in order.
 */
async function writeScene(
  stage: string,
  split: string,
  number: number,
  scene: SceneOptions,
): Promise<[string, BoxEntry]> {
  const { shape, size } = scene;
  const { picture, mask, box } = renderScene(scene);
  const name = `${shape}-${String(number).padStart(4, '0')}`;
  const path = `${split}/${shape}/${name}.jpg`;
  await writeFile(join(stage, path), await encodeJpeg(picture, 95));
  await writeFile(join(stage, `masks/${split}/${shape}/${name}.png`), await encodePng(blackAndWhite(mask)));
  const fg = mask.data.reduce((sum, value) => sum + value, 0) / mask.data.length;
  return [path, { size: [size, size], boxes: [box], fg: Number(fg.toFixed(4)) }];
}

function blackAndWhite({ shape, data }: Mask): ReturnType<typeof tensor<'uint8'>> {
  return tensor(
    'uint8',
    [...shape, 1],
    data.map((value) => 255 * value),
  );
}

async function makeFolders(stage: string, split: string, shapes: readonly string[]): Promise<void> {
  for (const shape of shapes) {
    await mkdir(join(stage, split, shape), { recursive: true });
    await mkdir(join(stage, 'masks', split, shape), { recursive: true });
  }
}

function check(what: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new Error(`writeScenes: ${what} is a whole number from ${least} to ${most}, got ${value}`);
}
