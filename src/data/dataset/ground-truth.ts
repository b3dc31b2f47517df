/** Where the objects are in a data set's pictures: `masks/{train,test}/CLASS/NAME.png`, `boxes.json`, or both. */
import { existsSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { z } from 'zod';
import { FileError } from '../../errors/file-error.ts';
import { type Mask, tensor } from '../../tensor/tensor.ts';
import { readBytes } from '../files/read-file.ts';
import { readPicture } from '../picture/decode.ts';

/** What is known of a picture: at least one of the two. */
export interface ObjectTruth {
  /** Width and height of the picture, which the boxes are in, in pixels. */
  readonly size: readonly [width: number, height: number];
  /** `[x0, y0, x1, y1)`, at least one. */
  readonly boxes?: readonly (readonly [x0: number, y0: number, x1: number, y1: number])[];
  /** uint8 `[H, W]`, 0 or 1: the object. */
  readonly mask?: Mask;
}

const pixel = z.number().finite();
const boxesFile = z.record(
  z.string(),
  z.object({
    size: z.tuple([z.number().positive(), z.number().positive()]),
    boxes: z.array(z.tuple([pixel, pixel, pixel, pixel]).refine(([x0, y0, x1, y1]) => x0 < x1 && y0 < y1)),
  }),
);

/** Reads what `dataDir` tells of its pictures. */
export class GroundTruthFolder {
  readonly #dataDir: string;
  readonly #boxes: z.infer<typeof boxesFile> | undefined;

  private constructor(dataDir: string, boxes: z.infer<typeof boxesFile> | undefined) {
    this.#dataDir = dataDir;
    this.#boxes = boxes;
  }

  /**
   * Opens a data set's ground truth.
   * @param split such as 'test'
   * @throws when there is neither a folder of masks for the split nor `boxes.json`, or that file is damaged
   */
  static async open(dataDir: string, split: 'train' | 'test' = 'test'): Promise<GroundTruthFolder> {
    const path = join(dataDir, 'boxes.json');
    const masks = join(dataDir, 'masks', split);
    const boxes = existsSync(path) ? await readBoxes(path) : undefined;
    if (boxes === undefined && !existsSync(masks)) {
      throw new FileError(
        dataDir,
        `nothing says where the objects are; masks/${split}/CLASS/NAME.png or boxes.json is needed`,
      );
    }
    return new GroundTruthFolder(dataDir, boxes);
  }

  /**
   * What is known of a picture; undefined where that is nothing, or no object.
   * @param path of the picture, inside the data set's folder
   * @throws when a mask cannot be read, or has another size than `boxes.json` says
   */
  async of(path: string): Promise<ObjectTruth | undefined> {
    const name = relative(this.#dataDir, path).split(sep).join('/');
    const entry = this.#boxes?.[name];
    const boxes = entry && entry.boxes.length > 0 ? entry.boxes : undefined;
    const file = join(this.#dataDir, 'masks', `${name.replace(/\.[^./]+$/, '')}.png`);
    const mask = existsSync(file) ? await readMask(file) : undefined;
    const size = entry?.size ?? (mask && ([mask.shape[1], mask.shape[0]] as const));
    if (size === undefined) return undefined;
    if (mask && (mask.shape[1] !== size[0] || mask.shape[0] !== size[1])) {
      throw new FileError(
        file,
        `${mask.shape[1]} x ${mask.shape[0]} pixels, the picture is ${size[0]} x ${size[1]} by boxes.json`,
      );
    }
    const shown = mask?.data.includes(1) ? mask : undefined;
    return boxes || shown ? { size, boxes, mask: shown } : undefined;
  }
}

async function readBoxes(path: string): Promise<z.infer<typeof boxesFile>> {
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder().decode(await readBytes(path)));
  } catch (error) {
    throw FileError.from(path, error);
  }
  const found = boxesFile.safeParse(content);
  if (found.success) return found.data;
  const [{ path: where }] = found.error.issues;
  throw new FileError(
    path,
    `${where.join('.') || 'the file'}: a picture has "size": [width, height] and "boxes": [[x0, y0, x1, y1], ...] with x0 < x1, y0 < y1`,
  );
}

/** 0 to 127 is background, 128 to 255 the object. */
async function readMask(path: string): Promise<Mask> {
  const { shape, data } = await readPicture(path, { channels: 1 });
  return tensor(
    'uint8',
    shape.slice(0, 2),
    data.map((value) => Number(value >= 128)),
  );
}
