import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { Progress } from './progress.ts';

function written(isTTY: boolean): string {
  let text = '';
  const stream = Object.assign(new PassThrough(), { isTTY });
  stream.on('data', (chunk) => {
    text += String(chunk);
  });
  let now = 0;
  const progress = new Progress('shard 0/2', stream as unknown as NodeJS.WriteStream, () => now);
  // What was done before this process, and the time in which the model was opened, are not its pace.
  for (const [at, done, failed] of [
    [60_000, 1_000, 0],
    [100_000, 1_400, 0],
    [160_000, 2_000, 3],
  ]) {
    now = at;
    progress.update(() => ({ done, failed, share: done / 10_000 }));
  }
  progress.say('note: a\u001b[2Jb');
  progress.stop();
  return text;
}

test('without a terminal, prints a line from time to time', () => {
  expect(written(false)).toBe(
    'shard 0/2: 1,000 pictures (10 %)\n' +
      'shard 0/2: 1,400 pictures (14 %), 10.0 pictures/s, 14 min 20 s left\n' +
      'shard 0/2: 2,000 pictures (20 %), 10.0 pictures/s, 13 min 20 s left, 3 failed\n' +
      'note: a\\x1b[2Jb\n',
  );
});

test('on a terminal, updates one line and clears it before other output', () => {
  const lines = written(true).split('\r\u001b[K');
  expect(lines).toHaveLength(5);
  expect(lines[3]).toMatch(/^shard 0\/2: 2,000 pictures .* failed$/);
  expect(lines[4]).toBe('note: a\\x1b[2Jb\n');
});
