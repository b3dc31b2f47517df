/**
 * Ground truth of the pictures in a list, stored in the list's folder as in a data set: `masks/PATH.png` and
 * `boxes.json`.
 */
import { existsSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { nfc } from '../../text/nfc.ts';
import { pictureEndings } from '../dataset/picture-name.ts';
import { type PictureBoxes, readBoxesFile } from '../ground-truth/boxes-file.ts';
import type { SaidTruth } from '../ground-truth/raw-truth.ts';

/** PNG masks take precedence. */
const endings = ['.png', ...pictureEndings.filter((ending) => ending !== '.png')];

/**
 * @param list path of the list
 * @returns a function from a picture's path to its ground truth; undefined for pictures outside the list's
 * folder
 * @throws `FileError` when `boxes.json` is damaged
 */
export async function truthBeside(list: string): Promise<(path: string) => SaidTruth | undefined> {
  const folder = dirname(list);
  const boxesFrom = join(folder, 'boxes.json');
  const boxes = existsSync(boxesFrom) ? await readBoxesFile(boxesFrom) : new Map<string, PictureBoxes>();
  const masks = join(folder, 'masks');
  const hasMasks = existsSync(masks);
  return (path) => {
    const name = relative(folder, path).split(sep).join('/');
    const stem = join(masks, name.replace(/\.[^./]+$/, ''));
    const mask = hasMasks
      ? endings.map((ending) => stem + ending).find((file) => existsSync(file))
      : undefined;
    const own = boxes.get(nfc(name));
    if (mask === undefined && own === undefined) return undefined;
    return { mask: mask === undefined ? undefined : { path: mask }, boxes: own, boxesFrom };
  };
}
