import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMap } from '../../../src/cli/refine/read-map.ts';
import { readPictureArray } from '../../../src/cli/refine/read-picture-array.ts';
import { readMaskValues } from '../../../src/data/ground-truth/mask-values.ts';
import { readPicture } from '../../../src/data/picture/decode.ts';
import { pictureFile } from '../../../src/data/picture/picture-file.ts';
import type { Random } from '../../../src/tensor/random.ts';
import { sizeOf, type Tensor } from '../../../src/tensor/tensor.ts';
import { damagePicture } from '../damage-bytes.ts';
import { check, type Kind, oneOf } from '../kind.ts';
import { arraySources, maskSources, pictureSources } from '../picture-sources.ts';

type Sources = readonly (readonly [ending: string, bytes: Uint8Array])[];

/**
 * A kind whose input is one damaged file of some sources.
 * @param read reads it, and checks the result
 */
function damagedFile(
  kind: Pick<Kind, 'name' | 'share'>,
  make: () => Promise<Sources>,
  read: (path: string, rng: Random) => Promise<unknown>,
): Kind {
  let sources: Promise<Sources> | undefined;
  return {
    ...kind,
    input: async (rng, folder) => {
      sources ??= make();
      const [ending, bytes] = oneOf(rng, await sources);
      const path = join(folder, `input${ending}`);
      writeFileSync(path, damagePicture(bytes, rng));
      return () => read(path, rng);
    },
  };
}

function checkTensor({ shape, data }: Tensor, rank: number): void {
  check(shape.length === rank && shape.every((side) => side >= 1), `a shape [${shape}]`);
  check(data.length === sizeOf(shape), `${data.length} values of [${shape}]`);
  check(
    [...(data as Float32Array).subarray(0, 10_000)].every((value) => Number.isFinite(Number(value))),
    'a value that is no number',
  );
}

export const pictures: readonly Kind[] = [
  damagedFile({ name: 'pictures', share: 20 }, pictureSources, async (path, rng) => {
    const size = rng.next() < 0.5 ? undefined : 1 + rng.integer(300);
    const valueRange = oneOf(rng, [undefined, undefined, [0, 1000], [-1, 1]] as const);
    const picture = await readPicture(path, { size, channels: oneOf(rng, [1, 3] as const), valueRange });
    checkTensor(picture, 3);
    if (size !== undefined)
      check(picture.shape[0] === size && picture.shape[1] === size, `[${picture.shape}]`);
  }),
  damagedFile({ name: 'pictures in full size', share: 6 }, pictureSources, async (path) => {
    const source = pictureFile(path);
    const whole = await source.whole?.(5e7);
    if (whole === undefined) return;
    checkTensor(whole, 3);
    const size = await source.size?.();
    if (size)
      check(
        whole.shape[0] === size.height && whole.shape[1] === size.width,
        `[${whole.shape}] of ${size.width} x ${size.height}`,
      );
  }),
  damagedFile({ name: 'masks', share: 10 }, maskSources, async (path) => {
    const { width, height, values, top } = await readMaskValues({ path });
    check(values.length === width * height && values.length > 0, `${values.length} of ${width} x ${height}`);
    check(
      values.every((value) => value <= top),
      `a value above ${top}`,
    );
  }),
  damagedFile({ name: 'maps', share: 8 }, arraySources, async (path, rng) => {
    checkTensor(await readMap(rng.next() < 0.3 ? `${path}:high` : path, () => {}), 2);
  }),
  damagedFile({ name: "pictures' arrays", share: 4 }, arraySources, async (path) => {
    const picture = await readPictureArray({ path }, () => {});
    if (picture) checkTensor(picture, 3);
  }),
];
