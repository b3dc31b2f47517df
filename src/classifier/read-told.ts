/**
 * What stands beside a classifier, or in its metadata, as Hugging Face, timm and Ultralytics write it. What is said in another way than
 * theirs is an error; what they do not say is left out.
 */
import { z } from 'zod';
import { FileError } from '../errors/file-error.ts';
import { checked, flag, needed, object, optional } from './checked.ts';
import { namedPreprocessing } from './preprocessing.ts';
import { parsePythonNames } from './python-literal.ts';
import { distinct, inOrder, labelsIn } from './read-classes.ts';
import { processorPreprocessing, timmPreprocessing } from './read-preprocessing.ts';
import { type Told, toldBy } from './told.ts';

/** The files that are read, by their names; what the first says counts before the next. */
export const sidecars: Readonly<Record<string, (content: unknown, file: string) => Told>> = {
  'preprocessor_config.json': toldByProcessor,
  'config.json': toldByConfig,
};

const pixels = z
  .int({ error: needed('a whole number > 0') })
  .positive({ error: needed('a whole number > 0') });
const share = z
  .number({ error: needed('a number from 0 to 1') })
  .refine((value) => value > 0 && value <= 1, { error: needed('a number from 0 to 1') });

const square = z.object({ height: pixels, width: pixels });
const pair = z.tuple([pixels, pixels]).transform(([height, width]) => ({ height, width }));
const shortest = z.object({ shortest_edge: pixels });
const sizeSchema = z.union([pixels, square, pair, shortest], {
  error: needed('a number, {height, width} or {shortest_edge}'),
});
type Size = z.infer<typeof sizeSchema>;

const processorSchema = z.object({
  size: optional(sizeSchema),
  crop_size: optional(sizeSchema),
  crop_pct: optional(share),
  do_center_crop: optional(flag),
});

/**
 * Hugging Face's `preprocessor_config.json`.
 * @param file stands in errors
 * @throws `FileError` where a field is not as it should be
 */
export function toldByProcessor(content: unknown, file: string): Told {
  const found = checked(processorSchema, checked(object, content, file), file);
  const preprocessing = processorPreprocessing(content, file);
  const whole = side(found.size, 'size', file);
  const cut = found.do_center_crop === false ? undefined : side(found.crop_size, 'crop_size', file);
  const crop = cut !== undefined && whole !== undefined && cut <= whole ? cut / whole : undefined;
  return toldBy({ preprocessing, size: cut ?? whole, crop: found.crop_pct ?? crop }, lastPart(file));
}

/** @throws unless height and width are the same */
function side(size: Size | null | undefined, key: string, file: string): number | undefined {
  if (size === undefined || size === null || typeof size === 'number') return size ?? undefined;
  if ('shortest_edge' in size) return size.shortest_edge;
  return sideOf(size, key, file);
}

function sideOf({ height, width }: z.infer<typeof square>, key: string, file: string): number {
  if (height !== width) {
    throw new FileError(file, `'${key}': height and width are to be the same, got ${height} x ${width}`);
  }
  return height;
}

const problems = ['single_label_classification', 'multi_label_classification', 'regression'] as const;

const configSchema = z.object({
  problem_type: optional(z.enum(problems, { error: needed(`one of ${problems.join(', ')}`) })),
  image_size: optional(sizeSchema),
  pretrained_cfg: optional(object),
});

const timmSchema = z.object({
  input_size: optional(
    z.tuple([pixels, pixels, pixels], { error: needed('three whole numbers > 0', 'are') }),
  ),
  crop_pct: optional(share),
});

/**
 * A `config.json`, of Hugging Face or timm; the latter's fields stand under `pretrained_cfg` or, in older files, at the top.
 * @param file stands in errors
 * @throws `FileError` where a field is not as it should be
 */
export function toldByConfig(content: unknown, file: string): Told {
  const {
    problem_type: problem,
    image_size: size,
    pretrained_cfg,
  } = checked(configSchema, checked(object, content, file), file);
  if (problem === 'regression') {
    throw new FileError(file, "'problem_type' is regression; a classifier is needed");
  }
  const inner = pretrained_cfg ?? content;
  const timm = checked(timmSchema, inner, file);
  const [, height, width] = timm.input_size ?? [0, 0, 0];
  const own = timm.input_size ? sideOf({ height, width }, 'input_size', file) : undefined;
  const classes = labelsIn(content, file) ?? labelsIn(inner, file);
  return toldBy(
    {
      classes: areNames(classes) ? classes : undefined,
      preprocessing: timmPreprocessing(inner, file),
      size: own ?? side(size, 'image_size', file),
      crop: timm.crop_pct ?? undefined,
      multiLabel: problem ? problem === 'multi_label_classification' : undefined,
    },
    lastPart(file),
  );
}

/** Whether they are more than Hugging Face's `LABEL_0`, `LABEL_1`, ..., which stand where nobody named the classes. */
function areNames(classes: readonly string[] | undefined): boolean {
  return classes !== undefined && !classes.every((name, i) => name === `LABEL_${i}`);
}

/**
 * The metadata that Ultralytics' export writes; that of others says nothing. Its classifiers take pictures in [0, 1], and were trained on the
 * square in the middle; those of YOLOv5, whose author stands nowhere, with ImageNet's means and deviations.
 * @param file stands in errors
 * @throws `FileError` where the file is a detector, or its metadata are not as they should be
 */
export function toldByMetadata(metadata: Readonly<Record<string, string>>, file: string): Told {
  const { author, task, imgsz, names, stride } = metadata;
  const isCurrent = author === 'Ultralytics';
  if (!isCurrent && (names === undefined || stride === undefined)) return {};
  if (isCurrent && task !== undefined && task !== 'classify') {
    throw new FileError(
      file,
      `no image classifier: its metadata say that its task is '${task}'; one that was exported for 'classify' is needed`,
    );
  }
  const { imagenet, '0-1': unit } = namedPreprocessing;
  return toldBy(
    {
      classes: names === undefined ? undefined : pythonNames(names, file),
      preprocessing: isCurrent ? unit : imagenet,
      size: imgsz === undefined ? undefined : pythonSize(imgsz, file),
      crop: 1,
    },
    "the file's metadata",
  );
}

function pythonNames(text: string, file: string): readonly string[] {
  const names = parsePythonNames(text);
  if (!names)
    throw new FileError(file, `metadata 'names': ${needed("a dict such as {0: 'cat'}")({ input: text })}`);
  return distinct(inOrder(names, 'names', file));
}

function pythonSize(text: string, file: string): number {
  const match = /^\s*\[?\s*(\d+)\s*(?:,\s*(\d+)\s*)?\]?\s*$/.exec(text);
  const [height, width] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
  if (!(height > 0 && width > 0)) {
    throw new FileError(file, `metadata 'imgsz': ${needed('a size such as [224, 224]')({ input: text })}`);
  }
  return sideOf({ height, width }, 'imgsz', file);
}

/** Of a path, the file's name. */
function lastPart(path: string): string {
  return path.replace(/^.*[\\/]/, '');
}
