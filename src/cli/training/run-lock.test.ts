import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RunLock } from './run-lock.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'run-lock-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const folder = (): string => join(dir, 'birds');
const file = (): string => join(dir, '.birds.lock');

/** As another process would have left it. */
function leave(holder: { pid: number; host?: string; began?: string }): void {
  const since = '2026-01-02T03:04:05.000Z';
  writeFileSync(file(), JSON.stringify({ host: hostname(), since, id: 'x', ...holder }));
}

/** The number of a process that has ended. */
async function dead(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'close');
  return child.pid as number;
}

test('one process holds the lock, another is told who does, and releasing leaves nothing', async () => {
  const lock = await RunLock.take(folder());
  expect(lock.takenOver).toBeUndefined();
  await expect(RunLock.take(folder())).rejects.toThrow(
    `${folder()} is being trained by process ${process.pid} on ${hostname()}, since 20`,
  );
  await lock.release();
  expect(readdirSync(dir)).toEqual([]);
  await (await RunLock.take(folder())).release();
});

test('takes over the lock of a process that has died, and names that process', async () => {
  const pid = await dead();
  leave({ pid });
  const lock = await RunLock.take(folder());
  expect(lock.takenOver).toMatch(new RegExp(`^process ${pid} on ${hostname()}, since 2026-01-02 `));
  expect(JSON.parse(readFileSync(file(), 'utf8')).pid).toBe(process.pid);
});

test.runIf(existsSync('/proc/self/stat'))(
  'does not take a later process with the same number for the owner',
  async () => {
    leave({ pid: process.pid, began: 'another start/1' });
    expect((await RunLock.take(folder())).takenOver).toContain(`process ${process.pid} `);
  },
);

test('does not take over the lock of a live process, or one on another machine', async () => {
  leave({ pid: process.pid });
  await expect(RunLock.take(folder())).rejects.toThrow(
    'wait until it ends, or choose another --results-name',
  );
  leave({ pid: 1, host: 'elsewhere' });
  await expect(RunLock.take(folder())).rejects.toThrow(`process 1 on elsewhere, since 2026-01-02 `);
  await expect(RunLock.take(folder())).rejects.toThrow(`or remove ${file()} if that process has died`);
  writeFileSync(file(), 'no JSON');
  await expect(RunLock.take(folder())).rejects.toThrow(`${file()}: this lock file does not name a process`);
});

test('of several processes that find a stale lock, one takes it over', async () => {
  const pid = await dead();
  for (let round = 0; round < 100; round++) {
    leave({ pid });
    const all = await Promise.allSettled(Array.from({ length: 8 }, () => RunLock.take(folder())));
    const taken = all.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(taken).toHaveLength(1);
    await taken[0].release();
    expect(readdirSync(dir)).toEqual([]);
  }
});

test('does not remove a lock that another process has taken over', async () => {
  const lock = await RunLock.take(folder());
  leave({ pid: process.pid });
  await lock.release();
  expect(JSON.parse(readFileSync(file(), 'utf8')).id).toBe('x');
});

test('reports a missing folder', async () => {
  await expect(RunLock.take(join(dir, 'no', 'birds'))).rejects.toThrow(
    '.birds.lock: its folder does not exist',
  );
});

test('removes what a process left that died while taking the lock', async () => {
  leave({ pid: await dead() });
  const [old, young] = [`${file()}.1a2b3c4d`, `${file()}.5e6f7a8b`];
  for (const path of [old, young]) writeFileSync(path, '');
  utimesSync(old, 0, 0);
  await (await RunLock.take(folder())).release();
  expect(readdirSync(dir)).toEqual([basename(young)]);
});
