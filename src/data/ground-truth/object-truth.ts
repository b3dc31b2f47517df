/** Where the objects are in a picture, upright. */
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
 * What is known of a picture: at least one of boxes and mask. All of it is upright, as the picture is seen.
 */
export interface ObjectTruth {
  /** Width and height that the boxes are in, in pixels; those of the picture, or of its mask. */
  readonly size: readonly [width: number, height: number];
  /** `[x0, y0, x1, y1)`, at least one. */
  readonly boxes?: readonly (readonly [x0: number, y0: number, x1: number, y1: number])[];
  /** uint8 `[H, W]`, 0 or 1: the object. */
  readonly mask?: Mask;
  /**
   * uint8 `[H, W]`, the mask's size, 0 or 1: what takes no part in any measure, as labels' borders; absent
   * where that is nothing.
   */
  readonly ignored?: Mask;
}

/**
 * What is known of a picture; undefined where that is nothing, or no object.
 * @param survey of all pictures, this one among them
 * @throws when a mask, or the picture, cannot be read
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

/** Undefined where it shows no object. */
async function uprightMask(
  file: NamedFile,
  picture: OrientedSize,
  { rules, masksStored }: TruthSurvey,
): Promise<UprightMask | undefined> {
  const found = await readMaskValues(file);
  const rule = ruleFor(rules, found);
  if (rule === undefined)
    throw new FileError(file.path, `${found.kind}: it has changed since the masks were looked over`);
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
