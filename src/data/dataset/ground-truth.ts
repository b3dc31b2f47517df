/** Object locations in a data set's pictures: `masks/{train,test}/CLASS/NAME.png`, `boxes.json`, or both. */
import { FileError } from '../../errors/file-error.ts';
import { type ObjectTruth, objectTruth } from '../ground-truth/object-truth.ts';
import { TruthFiles } from '../ground-truth/truth-files.ts';
import {
  checkTruth,
  type SurveyOptions,
  surveyTruth,
  type TruthSurvey,
} from '../ground-truth/truth-survey.ts';

/**
 * Reads where the objects are, for the pictures of one split: masks, `dataDir/masks/SPLIT/CLASS/NAME.png`,
 * and boxes, `dataDir/boxes.json`, as far as they exist. All coordinates are in pixels and upright, as the
 * picture is displayed; boxes are `[x0, y0, x1, y1)`, masks uint8 `[H, W]`, 0 or 1.
 * @example
 * ```ts
 * import { GroundTruthFolder } from 'high-res-mapping/node';
 *
 * const truth = await GroundTruthFolder.open('scenes', 'test');
 * console.log(truth.notes[0]); //=> masks: values 0, 255; object: 255
 * const object = await truth.of('scenes/test/star/star-0001.jpg');
 * console.log(object?.size, object?.mask?.shape); //=> [ 32, 32 ] [ 32, 32 ]
 * console.log(object?.boxes); //=> [ [ 8, 2, 17, 10 ] ]
 * ```
 */
export class GroundTruthFolder {
  /**
   * What was found and assumed, one line each, such as `masks: palette labels 0, 1, 255; object: 1, ignored:
   * 255`.
   */
  readonly notes: readonly string[];
  readonly #files: TruthFiles;
  readonly #survey: TruthSurvey;

  private constructor(files: TruthFiles, survey: TruthSurvey) {
    this.notes = survey.notes;
    this.#files = files;
    this.#survey = survey;
  }

  /**
   * Opens a data set's ground truth. Every mask of the split is read and its size compared with its
   * picture's, so that one rule applies to all masks.
   * @param split default 'test'
   * @throws when there is neither a folder of masks for the split nor `boxes.json`; when one of them is
   * damaged or does not fit its picture; when the masks do not show which values are the object
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
        `there is no ground truth; masks/${split}/CLASS/NAME.png or boxes.json is needed`,
      );
    }
    const survey = await surveyTruth(files.all(), { ...options, ...files.facts });
    checkTruth(survey, ' (hrm data check lists all)');
    return new GroundTruthFolder(files, survey);
  }

  /**
   * The ground truth of a picture; undefined where there is none, or no object.
   * @param path of the picture, inside the folder of the split
   * @throws when the mask or the picture cannot be read
   */
  async of(path: string): Promise<ObjectTruth | undefined> {
    return objectTruth(this.#files.of(path), this.#survey);
  }
}
