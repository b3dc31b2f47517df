/** Parses boxes from streams. */
import { z } from 'zod';
import { boxesForm, type PictureBoxes, parsePictureBoxes } from '../ground-truth/boxes-file.ts';
import type { SaidTruth } from '../ground-truth/raw-truth.ts';

/**
 * Parses boxes from JSON: an entry as in `boxes.json`, or a list of boxes.
 * @param from source of the boxes, for errors
 */
export function saidBoxes(content: unknown, from: string): SaidTruth {
  const boxes = parsePictureBoxes(content);
  return boxes ? { boxes, boxesFrom: from } : { boxesFrom: from, problem: `${boxesForm} are needed` };
}

const side = z.coerce.number().positive();
const coordinate = z.coerce.number();
const bbox = z.tuple([coordinate, coordinate, side, side]);
const objects = z.union([
  z.object({ bbox: z.array(bbox) }).transform((found) => found.bbox),
  z.array(z.object({ bbox })).transform((found) => found.map((one) => one.bbox)),
]);

/**
 * Parses boxes from a column `objects` in the format of Hugging Face's object detection sets: a struct of
 * lists, or a list of structs. Boxes are in COCO's format, `[x, y, width, height]`.
 * @param from source of the boxes, for errors
 */
export function saidObjects(value: unknown, from: string): SaidTruth {
  if (value === null || value === undefined) return {};
  const found = objects.safeParse(value).data;
  if (!found) {
    const problem =
      'the column objects needs a field bbox: [[x, y, width, height], ...], width and height above 0';
    return { boxesFrom: from, problem };
  }
  const boxes: PictureBoxes['boxes'] = found.map(([x, y, width, height]) => [x, y, x + width, y + height]);
  return { boxes: { boxes }, boxesFrom: from };
}
