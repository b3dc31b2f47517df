/** Real maps to refine: a model's, for pictures. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { readPicture } from '../src/data/picture/decode.ts';
import { toImage } from '../src/data/picture/unit-range.ts';
import { mapAt } from '../src/explain/images.ts';
import { loadFullModel } from '../src/load-model.ts';
import { encodeNpy } from '../src/tensor/npy.ts';
import type { FloatMap } from '../src/tensor/tensor.ts';

/** Writes `FOLDER/NAME/{image,low,high}.npy` for each picture, seen at `size` x `size` pixels. */
export async function writeRefineCases(
  folder: string,
  modelFile: string,
  pictures: readonly string[],
  size: number,
): Promise<void> {
  const model = await loadFullModel(modelFile);
  for (const path of pictures) {
    const image = await readPicture(path, { size });
    const { lowResCam, highResCam } = await model.explain(toImage(image));
    const maps = { image, low: mapAt(lowResCam, 0), high: mapAt(highResCam as FloatMap, 0) };
    const into = join(folder, basename(path, extname(path)));
    mkdirSync(into);
    for (const [name, map] of Object.entries(maps)) writeFileSync(join(into, `${name}.npy`), encodeNpy(map));
  }
  await model.release();
}
