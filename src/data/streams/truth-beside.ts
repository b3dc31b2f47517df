/**
 * Masks and boxes of pictures that a list names: they lie in its folder as in a data set's, `masks/PATH.png`
 * and `boxes.json`.
 */
import { existsSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { nfc } from '../../text/nfc.ts';
import { pictureEndings } from '../dataset/picture-name.ts';
import { type PictureBoxes, readBoxesFile } from '../ground-truth/boxes-file.ts';
import type { SaidTruth } from '../ground-truth/raw-truth.ts';

/** PNG before others. */
const endings = ['.png', ...pictureEndings.filter((ending) => ending !== '.png')];

/**
 * @param list its path
 * @returns of a picture's path what is said of it; of one that does not lie in the list's folder nothing
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
