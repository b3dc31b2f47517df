import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { tensor } from '../../tensor/tensor.ts';
import { encodePng } from '../picture/write-picture.ts';
import { listContainer } from './list-container.ts';
import { type Shuffled, type ShuffledPosition, shuffledStream } from './shuffled-stream.ts';
import { type StreamBatch, streamBatches } from './stream-batches.ts';

const folder = mkdtempSync(join(tmpdir(), 'hrm-stream-batches-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('shuffled batches resume exactly, and unreadable pictures are reported and left out', async () => {
  const lines: string[] = [];
  for (let i = 0; i < 10; i++) {
    const path = join(folder, `${i}.png`);
    const grey = tensor('uint8', [8, 8, 3], new Uint8Array(192).fill(25 * i));
    writeFileSync(path, i === 3 ? 'no picture' : await encodePng(grey));
    lines.push(`${path}\t${i === 5 ? 'unknown' : `class ${i}`}`);
  }
  writeFileSync(join(folder, 'list.txt'), lines.join('\n'));
  const list = await listContainer(join(folder, 'list.txt'));
  const batches = async (from?: ShuffledPosition): Promise<[StreamBatch<Shuffled>[], string[]]> => {
    const [found, told]: [StreamBatch<Shuffled>[], string[]] = [[], []];
    const stream = shuffledStream([list], { seed: 7, buffer: 4, epochs: 2, from });
    for await (const batch of streamBatches(stream, {
      size: 8,
      batchSize: 3,
      labelOf: (label) => (label === 'unknown' ? undefined : Number(label.slice(6))),
      onUnreadable: (path, { reason }) => told.push(`${path.slice(folder.length + 1)}: ${reason}`),
    })) {
      found.push(batch);
    }
    return [found, told];
  };
  const [all, told] = await batches();
  expect(told.filter((text) => text.startsWith('5.png'))).toEqual(
    Array(2).fill("5.png: its class unknown is not one of the model's classes"),
  );
  expect(told.filter((text) => text.startsWith('3.png'))).toHaveLength(2);
  const labels = all.flatMap((batch) => [...batch.labels]);
  expect(labels.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 4, 6, 7, 8, 9].flatMap((i) => [i, i]));
  for (const { pictures, labels: own, paths } of all) {
    expect(pictures.shape).toEqual([own.length, 8, 8, 3]);
    for (const [i, label] of own.entries()) {
      expect(pictures.data[192 * i]).toBe(25 * label);
      expect(paths[i]).toBe(join(folder, `${label}.png`));
    }
  }
  const kept = (of: readonly StreamBatch<Shuffled>[]): number[][] => of.map((batch) => [...batch.labels]);
  for (const [i, { items }] of all.entries()) {
    expect(kept((await batches(items.at(-1)?.next))[0])).toEqual(kept(all.slice(i + 1)));
  }
});
