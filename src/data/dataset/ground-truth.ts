/** Where the objects are in a data set's pictures: `masks/{train,test}/CLASS/NAME.png`, `boxes.json`, or both. */
import { FileError } from '../../errors/file-error.ts';
import { type Mask, tensor } from '../../tensor/tensor.ts';
import { count } from '../../text/count.ts';
import type { PictureBoxes } from '../ground-truth/boxes-file.ts';
import { type LabelSet, members } from '../ground-truth/label-set.ts';
import { readMaskValues } from '../ground-truth/mask-values.ts';
import { TruthFiles } from '../ground-truth/truth-files.ts';
import {
  fitOfMask,
  fitOfPictureBoxes,
  orientedSizeOf,
  ruleFor,
  type SurveyOptions,
  surveyTruth,
  type TruthSurvey,
} from '../ground-truth/truth-survey.ts';
import { turnBox, turnedSize, turnValues } from '../picture/orientation.ts';
import type { OrientedSize } from '../picture/picture-header.ts';

/** What is known of a picture: at least one of boxes and mask. All of it is upright, as the picture is seen. */
export interface ObjectTruth {
  /** Width and height that the boxes are in, in pixels; those of the picture, or of its mask. */
  readonly size: readonly [width: number, height: number];
  /** `[x0, y0, x1, y1)`, at least one. */
  readonly boxes?: readonly (readonly [x0: number, y0: number, x1: number, y1: number])[];
  /** uint8 `[H, W]`, 0 or 1: the object. */
  readonly mask?: Mask;
  /** uint8 `[H, W]`, the mask's size, 0 or 1: what takes no part in any measure, as labels' borders; absent where that is nothing. */
  readonly ignored?: Mask;
}

/** Reads what `dataDir` tells of the pictures of a split. */
export class GroundTruthFolder {
  /** What was found and assumed, a line each, such as `masks: palette labels 0, 1, 255; object: 1, ignored: 255`. */
  readonly notes: readonly string[];
  readonly #files: TruthFiles;
  readonly #survey: TruthSurvey;

  private constructor(files: TruthFiles, survey: TruthSurvey) {
    this.notes = survey.notes;
    this.#files = files;
    this.#survey = survey;
  }

  /**
   * Opens a data set's ground truth: every mask of the split is read, and its size compared with its picture's, so that all are
   * taken by one rule.
   * @param split such as 'test'
   * @throws when there is neither a folder of masks for the split nor `boxes.json`, when one of them is damaged, does not fit its
   * picture, or does not tell which values are the object
   */
  static async open(
    dataDir: string,
    split: 'train' | 'test' = 'test',
    options: SurveyOptions = {},
  ): Promise<GroundTruthFolder> {
    const files = await TruthFiles.list(dataDir, split);
    if (files === undefined) {
      throw new FileError(
        dataDir,
        `nothing says where the objects are; masks/${split}/CLASS/NAME.png or boxes.json is needed`,
      );
    }
    const survey = await surveyTruth(dataDir, files, options);
    const [first, ...others] = survey.problems;
    if (others.length > 0) {
      throw new FileError(
        first.path,
        `${first.reason}; likewise ${count(others.length, 'other', 'others')} (hrm data check lists all)`,
      );
    }
    if (first !== undefined) throw first;
    return new GroundTruthFolder(files, survey);
  }

  /**
   * What is known of a picture; undefined where that is nothing, or no object.
   * @param path of the picture, inside the folder of the split
   * @throws when a mask, or the picture, cannot be read
   */
  async of(path: string): Promise<ObjectTruth | undefined> {
    const { mask: maskPath, boxes: entry } = this.#files.of(path);
    const boxed = entry !== undefined && entry.boxes.length > 0;
    if (maskPath === undefined && !boxed) return undefined;
    const picture = await orientedSizeOf(path);
    const boxes = boxed ? this.#uprightBoxes(entry, picture) : undefined;
    const shown = maskPath === undefined ? undefined : await this.#uprightMask(maskPath, picture);
    if (boxes === undefined && shown === undefined) return undefined;
    const [height, width] = shown?.mask.shape ?? [picture.height, picture.width];
    return { size: [width, height], ...boxes, ...shown };
  }

  #uprightBoxes(entry: PictureBoxes, picture: OrientedSize): Required<Pick<ObjectTruth, 'size' | 'boxes'>> {
    const { orientation } = picture;
    const fit = fitOfPictureBoxes(entry, picture);
    const along = fit === 'stored' || (fit === 'either' && this.#survey.boxesStored);
    const upright = [picture.width, picture.height] as const;
    if (!along) return { size: entry.size ?? upright, boxes: entry.boxes };
    const size = entry.size ?? turnedSize(upright, orientation);
    return {
      size: turnedSize(size, orientation),
      boxes: entry.boxes.map((box) => turnBox(box, size, orientation)),
    };
  }

  /** Undefined where it shows no object. */
  async #uprightMask(path: string, picture: OrientedSize): Promise<UprightMask | undefined> {
    const found = await readMaskValues(path);
    const rule = ruleFor(this.#survey.rules, found);
    if (rule === undefined)
      throw new FileError(path, `${found.kind}: it has changed since the folder was opened`);
    const { width, height, values } = found;
    const fit = fitOfMask(found, picture);
    const along = fit === 'stored' || (fit === 'either' && this.#survey.masksStored);
    const orientation = along ? picture.orientation : 1;
    const upright = turnValues(values, [width, height], orientation);
    const [columns, rows] = turnedSize([width, height], orientation);
    const where = (set: LabelSet): Mask => tensor('uint8', [rows, columns], members(set, upright));
    const [mask, ignored] = [where(rule.object), where(rule.ignored)];
    if (!mask.data.includes(1)) return undefined;
    return { mask, ...(ignored.data.includes(1) && { ignored }) };
  }
}

interface UprightMask extends Pick<ObjectTruth, 'ignored'> {
  readonly mask: Mask;
}
