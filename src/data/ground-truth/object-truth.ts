/** Object locations in a picture, upright. */
import { FileError } from '../../errors/file-error.ts';
import { type Mask, tensor } from '../../tensor/tensor.ts';
import { turnBox, turnedSize, turnValues } from '../picture/orientation.ts';
import type { OrientedSize } from '../picture/picture-header.ts';
import type { PictureBoxes } from './boxes-file.ts';
import { type LabelSet, members } from './label-set.ts';
import { readMaskValues } from './mask-values.ts';
import type { NamedFile, RawTruth } from './raw-truth.ts';
import { fitOfMask, fitOfPictureBoxes, orientedSizeOf, ruleFor, type TruthSurvey } from './truth-survey.ts';

/**
 * Ground truth of a picture: boxes, a mask, or both. All coordinates are upright, as the picture is
 * displayed.
 */
export interface ObjectTruth {
  /** Width and height of the boxes' coordinate system in pixels: those of the picture or of its mask. */
  readonly size: readonly [width: number, height: number];
  /** `[x0, y0, x1, y1)`, at least one if present. */
  readonly boxes?: readonly (readonly [x0: number, y0: number, x1: number, y1: number])[];
  /** The object, uint8 `[H, W]`, 0 or 1. */
  readonly mask?: Mask;
  /**
   * Pixels that no measure counts, such as borders of labels: uint8 `[H, W]` of the mask's size, 0 or 1.
   * Default: none.
   */
  readonly ignored?: Mask;
}

/**
 * Reads the ground truth of a picture; undefined when there is none, or no object.
 * @param survey of all pictures, including this one
 * @throws when the mask or the picture cannot be read
 */
export async function objectTruth(
  { picture: file, mask, boxes: entry }: Pick<RawTruth, 'picture' | 'mask' | 'boxes'>,
  survey: TruthSurvey,
): Promise<ObjectTruth | undefined> {
  const boxed = entry !== undefined && entry.boxes.length > 0;
  if (mask === undefined && !boxed) return undefined;
  const picture = await orientedSizeOf(file);
  const boxes = boxed ? uprightBoxes(entry, picture, survey) : undefined;
  const shown = mask === undefined ? undefined : await uprightMask(mask, picture, survey);
  if (boxes === undefined && shown === undefined) return undefined;
  const [height, width] = shown?.mask.shape ?? [picture.height, picture.width];
  return { size: [width, height], ...boxes, ...shown };
}

function uprightBoxes(
  entry: PictureBoxes,
  picture: OrientedSize,
  { boxesStored }: TruthSurvey,
): Required<Pick<ObjectTruth, 'size' | 'boxes'>> {
  const { orientation } = picture;
  const fit = fitOfPictureBoxes(entry, picture);
  const along = fit === 'stored' || (fit === 'either' && boxesStored);
  const upright = [picture.width, picture.height] as const;
  if (!along) return { size: entry.size ?? upright, boxes: entry.boxes };
  const size = entry.size ?? turnedSize(upright, orientation);
  return {
    size: turnedSize(size, orientation),
    boxes: entry.boxes.map((box) => turnBox(box, size, orientation)),
  };
}

interface UprightMask extends Pick<ObjectTruth, 'ignored'> {
  readonly mask: Mask;
}

/** Undefined if the mask shows no object. */
async function uprightMask(
  file: NamedFile,
  picture: OrientedSize,
  { rules, masksStored }: TruthSurvey,
): Promise<UprightMask | undefined> {
  const found = await readMaskValues(file);
  const rule = ruleFor(rules, found);
  if (rule === undefined)
    throw new FileError(file.path, `${found.kind}: the file has changed since the masks were checked`);
  const { width, height, values } = found;
  const fit = fitOfMask(found, picture);
  const along = fit === 'stored' || (fit === 'either' && masksStored);
  const orientation = along ? picture.orientation : 1;
  const upright = turnValues(values, [width, height], orientation);
  const [columns, rows] = turnedSize([width, height], orientation);
  const where = (set: LabelSet): Mask => tensor('uint8', [rows, columns], members(set, upright));
  const [mask, ignored] = [where(rule.object), where(rule.ignored)];
  if (!mask.data.includes(1)) return undefined;
  return { mask, ...(ignored.data.includes(1) && { ignored }) };
}
