/**
 * `npx tsx tools/sample-photos.ts DIR`: makes `samples/photos` from the photographs in scikit-image's folder
 * `skimage/data` (release 0.19.3): 256 pixels on the shorter side, as JPEG.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, parse } from 'node:path';
import { readPicture } from '../src/data/picture/decode.ts';
import { resizeFar } from '../src/data/picture/picture-source.ts';
import { encodeJpeg } from '../src/data/picture/write-picture.ts';

const side = 256;
const quality = 80;
const out = join(import.meta.dirname, '../samples/photos');

async function make(from: string): Promise<void> {
  mkdirSync(out, { recursive: true });
  for (const file of ['astronaut.png', 'chelsea.png', 'coffee.png', 'rocket.jpg']) {
    const picture = await readPicture(join(from, file));
    const [height, width] = picture.shape;
    const scale = side / Math.min(height, width);
    const small = resizeFar(picture, Math.round(scale * height), Math.round(scale * width));
    writeFileSync(join(out, `${parse(file).name}.jpg`), await encodeJpeg(small, quality));
  }
}

void make(process.argv[2]);
