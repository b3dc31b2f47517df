/** Surveys the ground truth of a split before use, so that one rule applies to all masks of a kind. */
import { FileError } from '../../errors/file-error.ts';
import { count } from '../../text/count.ts';
import { groupBy } from '../dataset/group-by.ts';
import { readBytes } from '../files/read-file.ts';
import { type OrientedSize, readPictureHeader } from '../picture/picture-header.ts';
import { mapAhead } from '../threads/map-ahead.ts';
import type { PictureBoxes } from './boxes-file.ts';
import { hasLabel, labelText } from './label-set.ts';
import { type MaskHistogram, type MaskOptions, type MaskRule, maskRule } from './mask-rule.ts';
import { type MaskValues, readMaskValues } from './mask-values.ts';
import type { NamedFile, RawTruth } from './raw-truth.ts';
import { boxInside, fitOfBoxes, fitOfSize, type TruthFit } from './truth-fit.ts';

/** Survey results of a split. */
export interface TruthSurvey {
  /** Number of pictures with a readable mask. */
  readonly masks: number;
  /** Number of pictures with boxes. */
  readonly boxes: number;
  readonly rules: readonly MaskRule[];
  /**
   * Whether masks of ambiguous size are in the stored orientation: some other masks are, and none is upright.
   */
  readonly masksStored: boolean;
  /** The same for boxes. */
  readonly boxesStored: boolean;
  /** What was found and assumed, one line each. */
  readonly notes: readonly string[];
  /** Ground truth that cannot be used. */
  readonly problems: readonly FileError[];
}

/** Options of `surveyTruth`. */
export interface SurveyOptions extends MaskOptions {
  /** Folder of the masks, for errors. Default 'masks'. */
  readonly where?: string;
  /** Masks and boxes without a picture, and second masks of a picture. Default: none. */
  readonly unused?: readonly string[];
  /** Number of pictures, for `onProgress`. */
  readonly total?: number;
  /** Called with the number of pictures surveyed and of all pictures. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Survey results of one picture. */
interface Looked {
  readonly name: string;
  /** `fit` is set if Exif turns the picture. */
  readonly mask?: { readonly histogram: MaskHistogram; readonly fit?: TruthFit };
  readonly boxes: boolean;
  /** Set if Exif turns the picture. */
  readonly boxesFit?: TruthFit;
  readonly problems: readonly FileError[];
}

/** Pictures in progress at a time. */
const depth = 4;

/**
 * @throws the first of the problems, with the number of the others
 * @param more text after that number
 */
export function checkTruth({ problems: [first, ...others] }: TruthSurvey, more: string = ''): void {
  if (first === undefined) return;
  if (others.length === 0) throw first;
  const alike = count(others.length, 'other problem', 'other problems');
  throw new FileError(first.path, `${first.reason}; ${alike}${more}`);
}

/** Reads every mask, and the header of every picture with ground truth. */
export async function surveyTruth(
  truths: Iterable<RawTruth> | AsyncIterable<RawTruth>,
  { onProgress, where = 'masks', unused = [], total = 0, ...options }: SurveyOptions = {},
): Promise<TruthSurvey> {
  const looked: Looked[] = [];
  let done = 0;
  for await (const one of mapAhead(truths, look, depth)) {
    if (one) looked.push(one);
    onProgress?.(++done, total);
  }
  const told = options.object !== undefined || options.ignore !== undefined;
  const masks = looked.flatMap(({ mask }) => (mask ? [mask.histogram] : []));
  const problems = looked.flatMap((one) => one.problems);
  const rules: MaskRule[] = [];
  for (const group of groupBy(masks, ({ kind, top }) => `${kind} ${top}`).values()) {
    try {
      rules.push(maskRule(group, options));
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      problems.push(error);
    }
  }
  const { object } = options;
  const shown = ({ pixels }: MaskHistogram): boolean =>
    object === undefined || [...pixels.keys()].some((value) => hasLabel(object, value));
  if (object !== undefined && masks.length > 0 && !masks.some(shown)) {
    const found = rules.map((rule) => rule.found).join('; ');
    const named = labelText(
      object,
      rules.some(({ kind }) => kind === 'colours'),
    );
    problems.push(new FileError(where, `${found}: none of these is in --mask-object ${named}`));
  }
  const ofMasks = standing(
    looked.flatMap(({ name, mask }) => (mask?.fit ? [{ name, fit: mask.fit }] : [])),
    'masks',
  );
  const ofBoxes = standing(
    looked.flatMap(({ name, boxesFit }) => (boxesFit ? [{ name, fit: boxesFit }] : [])),
    'boxes',
  );
  return {
    masks: masks.length,
    boxes: looked.filter(({ boxes }) => boxes).length,
    rules,
    masksStored: ofMasks.stored,
    boxesStored: ofBoxes.stored,
    notes: [
      ...rules.map((rule) => ruleText(rule, masks.length)),
      ...(told && masks.length === 0
        ? ['there are no masks: --mask-object and --mask-ignore have no effect on boxes']
        : []),
      ...ofMasks.notes,
      ...ofBoxes.notes,
      ...extremesOf(masks, rules),
      ...examples(
        unused,
        (n) =>
          `${count(n, 'mask or box entry is', 'masks or box entries are')} not used: the picture is missing, or it has another mask`,
      ),
    ],
    problems,
  };
}

/** Undefined if the picture has no ground truth. */
async function look({
  name,
  picture: file,
  mask: maskFile,
  boxes: entry,
  boxesFrom = name,
  problem,
}: RawTruth): Promise<Looked | undefined> {
  if (maskFile === undefined && entry === undefined && problem === undefined) return undefined;
  // An unreadable picture is ignored here: reading it later reports the error.
  const picture = await orientedSizeOf(file).catch(() => undefined);
  const problems: FileError[] = problem === undefined ? [] : [new FileError(boxesFrom, problem)];
  const wrong = entry && picture && boxesProblem(entry, picture);
  const of = boxesFrom === name ? '' : `${name}: `;
  if (wrong) problems.push(new FileError(boxesFrom, `${of}${wrong}`));
  const turned = picture !== undefined && picture.orientation !== 1;
  const boxes = entry !== undefined && entry.boxes.length > 0;
  const boxesFit = turned && boxes ? fitOfPictureBoxes(entry, picture) : undefined;
  if (maskFile === undefined) return { name, boxes, boxesFit, problems };
  const { path: maskPath } = maskFile;
  try {
    const mask = await readMaskValues(maskFile);
    const fit = picture && fitOfMask(mask, picture);
    if (picture && fit === 'neither') {
      const size = `${mask.width} x ${mask.height} pixels, its picture ${name} is ${sizeText(picture)}`;
      problems.push(
        new FileError(
          maskPath,
          `${size}; a mask must show the whole picture, with the same aspect ratio: correct or remove it`,
        ),
      );
    }
    const histogram = histogramOf(maskPath, mask);
    return { name, boxes, boxesFit, mask: { histogram, fit: turned ? fit : undefined }, problems };
  } catch (error) {
    return { name, boxes, boxesFit, problems: [...problems, FileError.from(maskPath, error)] };
  }
}

/** @throws `FileError` when the picture cannot be read */
export async function orientedSizeOf({ path, bytes }: NamedFile): Promise<OrientedSize> {
  try {
    return await readPictureHeader(bytes ?? (await readBytes(path)));
  } catch (error) {
    throw FileError.from(path, error);
  }
}

/** The orientation that a mask fits, after applying its own Exif orientation. */
export function fitOfMask({ width, height, turned }: MaskValues, picture: OrientedSize): TruthFit {
  const fit = fitOfSize([width, height], picture);
  return fit === 'either' && turned ? 'upright' : fit;
}

/** The orientation that a picture's boxes fit, by their size if it is given. */
export function fitOfPictureBoxes({ size, boxes }: PictureBoxes, picture: OrientedSize): TruthFit {
  return size ? fitOfSize(size, picture) : fitOfBoxes(boxes, picture);
}

function boxesProblem(entry: PictureBoxes, picture: OrientedSize): string | undefined {
  const { size, boxes } = entry;
  if (size && fitOfSize(size, picture) === 'neither') {
    return `size ${size.join(' x ')}, the picture is ${sizeText(picture)}`;
  }
  if (size) {
    const out = boxes.find((box) => !boxInside(box, size));
    return out && `the box [${out.join(', ')}] does not lie in its size, ${size.join(' x ')}`;
  }
  if (fitOfBoxes(boxes, picture) !== 'neither') return undefined;
  const out = boxes.find((box) => !boxInside(box, [picture.width, picture.height]));
  return `the box [${out?.join(', ')}] does not lie in the picture, ${sizeText(picture)}`;
}

function sizeText({ width, height, orientation }: OrientedSize): string {
  return `${width} x ${height}${orientation >= 5 ? `, stored as ${height} x ${width}` : ''}`;
}

function histogramOf(file: string, { kind, top, values }: MaskValues): MaskHistogram {
  const counts = new Map<number, number>();
  // Runs of one value are long.
  for (let start = 0; start < values.length; ) {
    const value = values[start];
    let end = start + 1;
    while (end < values.length && values[end] === value) end++;
    counts.set(value, (counts.get(value) ?? 0) + end - start);
    start = end;
  }
  return { file, kind, top, pixels: new Map([...counts].sort(([a], [b]) => a - b)) };
}

/** The rule for masks of a kind. */
export function ruleFor(
  rules: readonly MaskRule[],
  { kind, top }: Pick<MaskRule, 'kind' | 'top'>,
): MaskRule | undefined {
  return rules.find((rule) => rule.kind === kind && rule.top === top);
}

function ruleText({ masks, text }: MaskRule, all: number): string {
  return `masks: ${masks < all ? `${masks} of ${all}, ` : ''}${text}`;
}

/**
 * Resolves ambiguous masks or boxes: they have the stored orientation if all unambiguous ones do, else the
 * upright one.
 * @param each fits of the pictures that Exif turns or mirrors
 */
function standing(
  each: readonly Standing[],
  what: string,
): { readonly stored: boolean; readonly notes: string[] } {
  const of = (wanted: TruthFit): string[] => each.flatMap(({ name, fit }) => (fit === wanted ? [name] : []));
  const [along, unclear, upright] = [of('stored'), of('either'), of('upright')];
  const stored = along.length > 0 && upright.length === 0;
  const why = upright.length === 0 ? '' : ', like others';
  return {
    stored,
    notes: [
      ...examples(
        along,
        (n) => `the ${what} of ${pictures(n)} that Exif turns fit the stored pixels, so they are turned, too`,
      ),
      ...examples(
        unclear,
        (n) =>
          `the ${what} of ${pictures(n)} that Exif turns or mirrors fit both ways; they are ${stored ? 'turned, too, like all others' : `taken as upright${why}`}`,
      ),
    ],
  };
}

interface Standing {
  readonly name: string;
  readonly fit: TruthFit;
}

function pictures(n: number): string {
  return count(n, 'picture');
}

/** Notes on masks that are all object or all background by their rule. */
function extremesOf(masks: readonly MaskHistogram[], rules: readonly MaskRule[]): string[] {
  const [empty, full]: [string[], string[]] = [[], []];
  for (const mask of masks) {
    const rule = ruleFor(rules, mask);
    if (rule === undefined) continue;
    const shown = [...mask.pixels.keys()].filter((value) => !hasLabel(rule.ignored, value));
    const object = shown.filter((value) => hasLabel(rule.object, value));
    if (object.length === 0) empty.push(mask.file);
    else if (object.length === shown.length) full.push(mask.file);
  }
  return [
    ...examples(full, (n) => `${count(n, 'mask covers', 'masks cover')} all of the picture`),
    ...examples(empty, (n) => `${count(n, 'mask shows', 'masks show')} no object`),
  ];
}

/** A line with the first name as an example; no line without names. */
function examples(names: readonly string[], line: (n: number) => string): string[] {
  return names.length === 0 ? [] : [`${line(names.length)}: ${names[0]}${names.length > 1 ? ', ...' : ''}`];
}
