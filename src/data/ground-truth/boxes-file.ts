/** `boxes.json`: the object boxes of each picture. */
import { z } from 'zod';
import { FileError } from '../../errors/file-error.ts';
import { parseJson } from '../../errors/parse-json.ts';
import { nfc } from '../../text/nfc.ts';
import { shown } from '../../text/shown.ts';
import { readBytes } from '../files/read-file.ts';

/** The boxes of a picture. */
export interface PictureBoxes {
  /** Width and height of the boxes' coordinate system in pixels. Default: those of the picture. */
  readonly size?: readonly [width: number, height: number];
  /** `[x0, y0, x1, y1)` in pixels. */
  readonly boxes: readonly (readonly [x0: number, y0: number, x1: number, y1: number])[];
}

const pixel = z.number().finite();
const side = z.number().positive();
const pictureBoxes: z.ZodType<PictureBoxes> = z.object({
  size: z.tuple([side, side]).optional(),
  boxes: z.array(z.tuple([pixel, pixel, pixel, pixel]).refine(([x0, y0, x1, y1]) => x0 < x1 && y0 < y1)),
});
const boxesFile: z.ZodType<Readonly<Record<string, PictureBoxes>>> = z.record(z.string(), pictureBoxes);

/** Format of a picture's boxes, for errors. */
export const boxesForm =
  '"boxes": [[x0, y0, x1, y1], ...] with x0 < x1, y0 < y1, and optionally "size": [width, height], by default the picture\'s';

/** Parses an entry of `boxes.json`, or a list of boxes alone; undefined if it is neither. */
export function parsePictureBoxes(content: unknown): PictureBoxes | undefined {
  return pictureBoxes.safeParse(Array.isArray(content) ? { boxes: content } : content).data;
}

/**
 * Boxes by the picture's path in the data set's folder, with `/`, in Unicode form NFC. @throws when the file
 * is damaged
 */
export async function readBoxesFile(path: string): Promise<ReadonlyMap<string, PictureBoxes>> {
  const content = parseJson(new TextDecoder().decode(await readBytes(path)), path);
  const found = boxesFile.safeParse(content);
  if (found.success) {
    return new Map(Object.entries(found.data).map(([name, boxes]) => [nfc(name), boxes]));
  }
  const [{ path: where }] = found.error.issues;
  throw new FileError(path, `${shown(where.join('.')) || 'the file'}: a picture has ${boxesForm}`);
}
