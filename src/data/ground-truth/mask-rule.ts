/** Decides which mask values are the object and which are ignored: one rule for all masks of a kind. */
import { FileError } from '../../errors/file-error.ts';
import { hasLabel, type LabelSet, labelSetOf, labelText, noLabel } from './label-set.ts';
import type { MaskKind } from './mask-values.ts';

/** Which values of a mask are the object, and which are ignored. */
export interface MaskOptions {
  /**
   * Labels of the object. Default: all labels other than the background, 0, and the ignored ones; for greys
   * 128 and above.
   */
  readonly object?: LabelSet;
  /** Labels that no measure counts. Default: label 255 (65535 for 16 bits), or colour #e0e0c0. */
  readonly ignore?: LabelSet;
}

/** The values of one mask, counted. */
export interface MaskHistogram {
  readonly file: string;
  readonly kind: MaskKind;
  readonly top: number;
  /** Number of pixels of each value, in ascending order of the values. */
  readonly pixels: ReadonlyMap<number, number>;
}

/** Meaning of the values in all masks of one kind. */
export interface MaskRule {
  readonly kind: MaskKind;
  readonly top: number;
  /** Number of masks from which the rule is derived. */
  readonly masks: number;
  readonly object: LabelSet;
  readonly ignored: LabelSet;
  /** The values found, such as `palette labels 0, 1, 255`. */
  readonly found: string;
  /** The values found and their meaning, such as `palette labels 0, 1, 255; object: 1, ignored: 255`. */
  readonly text: string;
}

/** Colour of the border around PASCAL VOC's objects, label 255. */
const borderColour = 0xe0e0c0;
/** A file with more values than this holds greys. */
const mostLabels = 64;

/**
 * Derives the rule for masks of one kind. A single value other than 0 is the object. Several grey values are
 * soft edges if most non-zero pixels are bright and not exactly one value lies in the middle. They are labels
 * if all values except the ignored one are below a half. Other cases are not guessed.
 * @param masks of one kind and `top`, at least one
 * @throws `FileError` when the masks are ambiguous
 */
export function maskRule(masks: readonly MaskHistogram[], { object, ignore }: MaskOptions = {}): MaskRule {
  const [{ kind, top }] = masks;
  const found = valuesOf(masks);
  const form = formOf(masks, found);
  const told = object !== undefined || ignore !== undefined;
  const named = (set: LabelSet): string => labelText(set, kind === 'colours');
  const among = (set: LabelSet): string => named(labelSetOf(found.filter((value) => hasLabel(set, value))));
  const rule = (from: LabelSet, ignored: LabelSet, what: string, shown: string): MaskRule => ({
    kind,
    top,
    masks: masks.length,
    object: from,
    ignored,
    found: what,
    text: `${what}; object: ${shown}${ignored.length > 0 ? `, ignored: ${among(ignored)}` : ''}`,
  });
  const all = named(labelSetOf(found));
  if (!told && form === 'one value') {
    const any: LabelSet = [[1, top]];
    return rule(any, noLabel, kind === 'alpha' ? 'alpha channel' : `values ${all}`, among(any));
  }
  if (!told && form === 'greys') {
    const bright: LabelSet = [[Math.ceil(top / 2), top]];
    return rule(bright, noLabel, kind === 'alpha' ? 'alpha channel' : `greys ${all}`, named(bright));
  }
  if (!told && form === 'unclear') throw undecided(masks, found, 'they may be labels or greys');

  const what = kind === 'greys' ? 'labels' : kind;
  const usual = form === 'one value' || form === 'greys' ? noLabel : usualIgnored(kind, top, found);
  const ignored = without(ignore ?? usual, object ?? noLabel);
  const others = found.filter((value) => value !== 0 && !hasLabel(ignored, value));
  if (object === undefined && !found.includes(0) && others.length > 1) {
    throw undecided(masks, found, `no pixel is ${kind === 'colours' ? 'black' : '0'}, the background`);
  }
  const labels = object ?? labelSetOf(others);
  return rule(labels, ignored, `${what} ${all}`, among(labels));
}

/** All values that occur, sorted. */
function valuesOf(masks: readonly MaskHistogram[]): number[] {
  return [...new Set(masks.flatMap(({ pixels }) => [...pixels.keys()]))].sort((a, b) => a - b);
}

/** Decides whether values are labels, or greys with soft edges. */
function formOf(
  masks: readonly MaskHistogram[],
  found: readonly number[],
): 'one value' | 'greys' | 'labels' | 'unclear' {
  const [{ kind, top }] = masks;
  if (kind === 'palette labels' || kind === 'colours') return 'labels';
  const others = masks.map(({ pixels }) => pixels.size - Number(pixels.has(0)));
  if (others.every((n) => n <= 1)) return 'one value';
  if (kind === 'alpha') return 'greys';
  const area = (from: number): number =>
    masks.reduce(
      (sum, { pixels }) => [...pixels].reduce((part, [value, n]) => part + (value >= from ? n : 0), sum),
      0,
    );
  const [object, bright] = [area(1), area(0.9 * top)];
  const ignored = usualIgnored(kind, top, found);
  const labels = found.filter((value) => value !== 0 && !hasLabel(ignored, value));
  const dark = labels.every((value) => value < top / 2);
  const many = Math.max(...others) > mostLabels;
  if (dark && 2 * bright < object && (top > 255 || !many)) return 'labels';
  // A single middle value is not a soft edge, but the unknown region of a trimap or a label.
  const middle = found.filter((value) => value > 0.1 * top && value < 0.9 * top).length;
  if (bright > 0 && (many || (!dark && middle !== 1 && 2 * bright >= object))) return 'greys';
  return 'unclear';
}

/** Label 255, the largest 16-bit value, or the border colour, if it occurs. */
function usualIgnored(kind: MaskKind, top: number, found: readonly number[]): LabelSet {
  if (kind === 'colours') return labelSetOf(found.filter((colour) => colour === borderColour));
  const most = found.at(-1) as number;
  return most === top || most === 255 ? [[most, most]] : noLabel;
}

function undecided(masks: readonly MaskHistogram[], found: readonly number[], why: string): FileError {
  const { file, kind, pixels } = masks.reduce((a, b) => (b.pixels.size > a.pixels.size ? b : a));
  const text = labelText(labelSetOf([...pixels.keys()]), kind === 'colours');
  const others =
    found.length > pixels.size ? ` (in all masks ${labelText(labelSetOf(found), kind === 'colours')})` : '';
  const example = kind === 'greys' ? ' (such as 1-20 for labels or 128-255 for greys)' : '';
  return new FileError(
    file,
    `${kind === 'greys' ? 'values' : kind} ${text}${others}: ${why}; give the values of the object with --mask-object${example}, values to ignore with --mask-ignore`,
  );
}

/** Ranges of one set that do not overlap the other. */
function without(set: LabelSet, other: LabelSet): LabelSet {
  return set.filter(([low, high]) => !other.some(([from, to]) => from <= high && low <= to));
}
