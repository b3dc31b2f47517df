/**
 * Reads what the files beside a classifier, or its metadata, declare in the formats of Hugging Face, timm and
 * Ultralytics. A field in another format is an error; a missing one is left out.
 */
import { z } from 'zod';
import { FileError } from '../errors/file-error.ts';
import { checked, flag, needed, object, optional } from './checked.ts';
import { type Declared, declaredBy } from './declared.ts';
import { namedPreprocessing } from './preprocessing.ts';
import { parsePythonNames } from './python-literal.ts';
import { distinct, inOrder, labelsIn } from './read-classes.ts';
import { processorPreprocessing, timmPreprocessing } from './read-preprocessing.ts';

/** The files that are read, by their names; an earlier one takes precedence. */
export const sidecars: Readonly<Record<string, (content: unknown, file: string) => Declared>> = {
  'preprocessor_config.json': declaredByProcessor,
  'config.json': declaredByConfig,
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
 * Reads Hugging Face's `preprocessor_config.json`.
 * @param file name in errors
 * @throws `FileError` if a field is invalid
 */
export function declaredByProcessor(content: unknown, file: string): Declared {
  const found = checked(processorSchema, checked(object, content, file), file);
  const preprocessing = processorPreprocessing(content, file);
  const whole = side(found.size, 'size', file);
  const cut = found.do_center_crop === false ? undefined : side(found.crop_size, 'crop_size', file);
  const crop = cut !== undefined && whole !== undefined && cut <= whole ? cut / whole : undefined;
  return declaredBy({ preprocessing, size: cut ?? whole, crop: found.crop_pct ?? crop }, lastPart(file));
}

/** @throws unless height and width are equal */
function side(size: Size | null | undefined, key: string, file: string): number | undefined {
  if (size === undefined || size === null || typeof size === 'number') return size ?? undefined;
  if ('shortest_edge' in size) return size.shortest_edge;
  return sideOf(size, key, file);
}

function sideOf({ height, width }: z.infer<typeof square>, key: string, file: string): number {
  if (height !== width) {
    throw new FileError(file, `'${key}': height and width must be equal, got ${height} x ${width}`);
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
 * Reads a `config.json` of Hugging Face or timm; timm's fields are under `pretrained_cfg` or, in older files,
 * at the top level.
 * @param file name in errors
 * @throws `FileError` if a field is invalid
 */
export function declaredByConfig(content: unknown, file: string): Declared {
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
  return declaredBy(
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

/** Whether they are names, and not Hugging Face's placeholders `LABEL_0`, `LABEL_1`, ... */
function areNames(classes: readonly string[] | undefined): boolean {
  return classes !== undefined && !classes.every((name, i) => name === `LABEL_${i}`);
}

/**
 * Reads the metadata of Ultralytics' exports; those of other programs declare nothing. Ultralytics'
 * classifiers take pictures in [0, 1] and were trained on the square in the middle; YOLOv5's, which do not
 * name their author, with ImageNet's means and deviations.
 * @param file name in errors
 * @throws `FileError` if the file is a detector, or its metadata are invalid
 */
export function declaredByMetadata(metadata: Readonly<Record<string, string>>, file: string): Declared {
  const { author, task, imgsz, names, stride } = metadata;
  const isCurrent = author === 'Ultralytics';
  if (!isCurrent && (names === undefined || stride === undefined)) return {};
  if (isCurrent && task !== undefined && task !== 'classify') {
    throw new FileError(
      file,
      `no image classifier: its metadata give its task as '${task}'; one that was exported for 'classify' is needed`,
    );
  }
  const { imagenet, '0-1': unit } = namedPreprocessing;
  return declaredBy(
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

/** The file name of a path. */
function lastPart(path: string): string {
  return path.replace(/^.*[\\/]/, '');
}
