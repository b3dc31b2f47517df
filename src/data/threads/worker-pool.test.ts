import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { FileError } from '../../errors/file-error.ts';
import { ModelKindError } from '../../errors/model-kind-error.ts';
import { ThreadFailure, WorkerPool } from './worker-pool.ts';

const helper = new URL('../../../test/helpers/worker', import.meta.url);

test('distributes tasks and assigns answers to their tasks', async () => {
  const pool = new WorkerPool<string, Uint8Array>(helper, 2);
  const first = await Promise.all(['a', 'b', 'c', 'd'].map((task) => pool.run(task)));
  expect(new Set(first.map(([thread]) => thread)).size).toBe(2);
  const [failed, good] = await Promise.allSettled([pool.run('fail'), pool.run('a')]);
  expect(String((failed as PromiseRejectedResult).reason)).toBe('Error: it cannot be done');
  expect(good.status).toBe('fulfilled');
});

test('errors keep class, fields and cause when they leave a thread', async () => {
  const pool = new WorkerPool<string, Uint8Array>(helper, 1);
  const failed = await Promise.allSettled([pool.run('fail by a file'), pool.run('fail by a model')]);
  const [file, model] = failed.map((one) => (one as PromiseRejectedResult).reason);
  expect(file).toBeInstanceOf(FileError);
  expect(file).toMatchObject({ message: 'a.png: cut short', path: 'a.png', reason: 'cut short' });
  expect(file.cause).toEqual(new Error('its end'));
  expect(file.stack).toContain('helpers/worker.ts');
  expect(model).toBeInstanceOf(ModelKindError);
  expect(model).toMatchObject({ path: 'a.onnx', wanted: 'full', found: 'half' });
});

test('a thread that dies fails its tasks and is replaced', async () => {
  const pool = new WorkerPool<string, Uint8Array>(helper, 1);
  const [[thread], ...failed] = await Promise.all([
    pool.run('a'),
    expect(pool.run('die')).rejects.toThrow('internal: a worker thread failed: it ended with exit code 3'),
    expect(pool.run('a')).rejects.toEqual(new ThreadFailure('it ended with exit code 3')),
  ]);
  expect(failed).toHaveLength(2);
  expect((await pool.run('a'))[0]).not.toBe(thread);
  const none = new WorkerPool<string, Uint8Array>(new URL('./no-such-module', import.meta.url), 1);
  await expect(none.run('a')).rejects.toThrow('internal: a worker thread failed: Cannot find module');
});

test('a task that runs out of time is ended with its thread, other threads continue', async () => {
  const pool = new WorkerPool<string, Uint8Array>(helper, 2);
  const [[first], [second]] = await Promise.all([pool.run('a'), pool.run('a')]);
  const over = new AbortController();
  const blocked = pool.run('block', over.signal);
  const [other] = await pool.run('a');
  over.abort();
  await expect(blocked).rejects.toEqual(new ThreadFailure('it ran out of time'));
  const threads = (await Promise.all([pool.run('a'), pool.run('a')])).map(([thread]) => thread);
  expect(threads).toContain(other);
  expect(threads.filter((thread) => ![first, second].includes(thread))).toHaveLength(1);
  pool.end();
});

test('ignores an answer that arrives after its thread was ended', async () => {
  const pool = new WorkerPool<string, Uint8Array>(helper, 1);
  await pool.run('a');
  for (let i = 0; i < 3; i++) {
    const over = new AbortController();
    const answer = pool.run('a', over.signal);
    // The thread answers while this one looks neither left nor right.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    over.abort();
    await expect(answer).rejects.toEqual(new ThreadFailure('it ran out of time'));
    await pool.run('a');
  }
});

test.each([
  ['has finished', 'await pool.run("a");', 0],
  ['has tasks in progress', 'pool.run("a"); await pool.run("a");', 0],
  ['failed', 'await pool.run("a"); throw new Error("the end");', 1],
])('a program that %s ends', async (_, code, exitCode) => {
  const script = `
    const { WorkerPool } = await import('${new URL('./worker-pool.ts', import.meta.url)}');
    const pool = new WorkerPool(new URL('${helper}'), 2);
    ${code}`;
  const run = promisify(execFile)(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
  const code_ = await run.then(
    () => 0,
    (error) => error.code,
  );
  expect(code_).toBe(exitCode);
});
