/** Finds a data set's ground truth files: masks and `boxes.json`. */
import { existsSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { FileError } from '../../errors/file-error.ts';
import { nfc } from '../../text/nfc.ts';
import { walkPictures } from '../dataset/walk-pictures.ts';
import { type PictureBoxes, readBoxesFile } from './boxes-file.ts';
import type { RawTruth } from './raw-truth.ts';
import type { SurveyOptions } from './truth-survey.ts';

/** The ground truth files of one split. */
export class TruthFiles {
  /** Paths of pictures in the data set's folder, with `/`. */
  readonly pictures: readonly string[];
  /** Masks and entries of `boxes.json` without a picture, or second masks of a picture. */
  readonly unused: readonly string[];
  readonly #dataDir: string;
  readonly #split: string;
  readonly #masks: ReadonlyMap<string, string>;
  readonly #boxes: ReadonlyMap<string, PictureBoxes>;

  private constructor(
    dataDir: string,
    split: string,
    pictures: readonly string[],
    unused: readonly string[],
    masks: ReadonlyMap<string, string>,
    boxes: ReadonlyMap<string, PictureBoxes>,
  ) {
    this.#dataDir = dataDir;
    this.#split = split;
    this.pictures = pictures;
    this.unused = unused;
    this.#masks = masks;
    this.#boxes = boxes;
  }

  /**
   * Lists the files of a split.
   * @returns undefined when there is neither a folder of masks for the split nor `boxes.json`
   * @throws when `boxes.json` is damaged, or a folder cannot be listed
   */
  static async list(dataDir: string, split: string): Promise<TruthFiles | undefined> {
    const boxesPath = join(dataDir, 'boxes.json');
    const folder = join(dataDir, 'masks', split);
    const [hasBoxes, hasMasks] = [existsSync(boxesPath), existsSync(folder)];
    if (!hasBoxes && !hasMasks) return undefined;
    const boxes = hasBoxes ? await readBoxesFile(boxesPath) : new Map<string, PictureBoxes>();
    const pictures = existsSync(join(dataDir, split)) ? await picturesBelow(dataDir, split) : [];
    const stems = new Set(pictures.map(stemOf));
    const names = new Set(pictures.map((name) => nfc(name)));
    const masks = new Map<string, string>();
    const unused: string[] = [];
    const files = hasMasks ? await picturesBelow(join(dataDir, 'masks'), split) : [];
    // PNG masks take precedence.
    for (const name of [...files.filter(isPng), ...files.filter((file) => !isPng(file))]) {
      const stem = stemOf(name);
      if (!stems.has(stem) || masks.has(stem)) unused.push(`masks/${name}`);
      else masks.set(stem, join(dataDir, 'masks', name));
    }
    for (const name of boxes.keys()) {
      if (name.startsWith(`${split}/`) && !names.has(name)) unused.push(`${name} (boxes.json)`);
    }
    return new TruthFiles(dataDir, split, pictures, unused, masks, boxes);
  }

  /**
   * The ground truth of a picture.
   * @param path of the picture, inside the folder of the split
   * @throws when the picture is not in the split's folder
   */
  of(path: string): RawTruth {
    const name = relative(this.#dataDir, path).split(sep).join('/');
    const known = nfc(name);
    if (!known.startsWith(`${this.#split}/`)) {
      throw new FileError(path, `not in ${join(this.#dataDir, this.#split)}, whose ground truth was opened`);
    }
    const mask = this.#masks.get(stemOf(known));
    return {
      name,
      picture: { path },
      mask: mask === undefined ? undefined : { path: mask },
      boxes: this.#boxes.get(known),
      boxesFrom: join(this.#dataDir, 'boxes.json'),
    };
  }

  /** The ground truth of all pictures. */
  *all(): Generator<RawTruth> {
    for (const name of this.pictures) yield this.of(join(this.#dataDir, name));
  }

  /** Options for `surveyTruth`. */
  get facts(): Required<Pick<SurveyOptions, 'where' | 'unused' | 'total'>> {
    return { where: join(this.#dataDir, 'masks'), unused: this.unused, total: this.pictures.length };
  }
}

function isPng(name: string): boolean {
  return /\.png$/i.test(name);
}

function stemOf(name: string): string {
  return nfc(name).replace(/\.[^./]+$/, '');
}

/** The pictures below a folder, as paths relative to `root`, with `/`. */
async function picturesBelow(root: string, folder: string): Promise<string[]> {
  const { pictures } = await walkPictures(join(root, folder));
  return pictures.map((path) => `${folder}/${path.split(sep).join('/')}`);
}
