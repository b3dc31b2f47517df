import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tensor } from '../../tensor/tensor.ts';
import { encodePng } from '../picture/write-picture.ts';
import { GroundTruthFolder } from './ground-truth.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'truth-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const boxes = (content: unknown): void => writeFileSync(join(dir, 'boxes.json'), JSON.stringify(content));
async function mask(name: string, width: number, values: readonly number[]): Promise<void> {
  mkdirSync(join(dir, 'masks/test/cat'), { recursive: true });
  const picture = tensor('uint8', [values.length / width, width, 1], values);
  writeFileSync(join(dir, 'masks/test/cat', name), await encodePng(picture));
}
const of = async (name: string): ReturnType<GroundTruthFolder['of']> =>
  (await GroundTruthFolder.open(dir)).of(join(dir, 'test/cat', name));

test('boxes, masks, or both; undefined where there is no object', async () => {
  boxes({
    'test/cat/a.jpg': { size: [3, 2], boxes: [[0, 0, 2, 1]], fg: 0.5 },
    'test/cat/b.jpg': { size: [3, 2], boxes: [[1, 0, 3, 1]] },
    'test/cat/none.jpg': { size: [3, 2], boxes: [] },
  });
  await mask('a.png', 3, [0, 127, 128, 255, 1, 0]);
  await mask('c.png', 3, [255, 255, 0, 0, 0, 0]);
  await mask('empty.png', 3, [0, 0, 0, 0, 0, 0]);
  const shown = tensor('uint8', [2, 3], [0, 0, 1, 1, 0, 0]);
  expect(await of('a.jpg')).toEqual({ size: [3, 2], boxes: [[0, 0, 2, 1]], mask: shown });
  expect(await of('b.jpg')).toEqual({ size: [3, 2], boxes: [[1, 0, 3, 1]], mask: undefined });
  expect(await of('c.jpeg')).toMatchObject({ size: [3, 2], boxes: undefined, mask: { shape: [2, 3] } });
  for (const name of ['none.jpg', 'empty.jpg', 'other.jpg']) expect(await of(name)).toBeUndefined();
});

test('what is wrong is said', async () => {
  await expect(GroundTruthFolder.open(dir)).rejects.toThrow(
    `${dir}: nothing says where the objects are; masks/test/CLASS/NAME.png or boxes.json is needed`,
  );
  writeFileSync(join(dir, 'boxes.json'), '{');
  await expect(GroundTruthFolder.open(dir)).rejects.toThrow(/boxes\.json: .*JSON/);
  boxes([]);
  await expect(GroundTruthFolder.open(dir)).rejects.toThrow('boxes.json: the file: a picture has "size"');
  boxes({ 'test/cat/a.jpg': { size: [3, 0], boxes: [] } });
  await expect(GroundTruthFolder.open(dir)).rejects.toThrow(
    'boxes.json: test/cat/a.jpg.size.1: a picture has',
  );
  boxes({ 'test/cat/a.jpg': { size: [4, 2], boxes: [[0, 0, 2, 1]] } });
  await mask('a.png', 3, [0, 0, 0, 255, 0, 0]);
  await expect(of('a.jpg')).rejects.toThrow('a.png: 3 x 2 pixels, the picture is 4 x 2 by boxes.json');
});
