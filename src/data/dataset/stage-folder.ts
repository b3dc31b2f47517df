/** Writes folders completely or not at all. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { makeWithParents } from '../files/make-with-parents.ts';
import { cannotWrite } from '../files/write-file.ts';

/**
 * Fills a folder, all or nothing. `work` writes to a temporary folder beside it, or inside it if it exists
 * and is empty; its content then moves to the folder. Parent folders are created. If `work` fails, everything
 * that it wrote is removed.
 * @throws when the folder is not empty or cannot be written, and what `work` throws
 */
export async function fillFolder<T>(path: string, work: (stage: string) => Promise<T>): Promise<T> {
  const out = resolve(path);
  const exists = await isEmptyFolder(out);
  const stage = exists ? join(out, `.tmp-${randomUUID()}`) : `${out}.tmp-${randomUUID()}`;
  let made: string | undefined;
  try {
    made = await makeWithParents(dirname(out));
    await mkdir(stage);
    const result = await work(stage);
    if (exists) {
      for (const name of await readdir(stage)) await rename(join(stage, name), join(out, name));
      await rm(stage, { recursive: true });
    } else {
      await rename(stage, out);
    }
    return result;
  } catch (error) {
    await rm(stage, { recursive: true, force: true, maxRetries: 5 }).catch(() => {});
    if (made !== undefined) await removeEmpty(dirname(out), resolve(made)).catch(() => {});
    throw (error as NodeJS.ErrnoException).code === undefined ? error : cannotWrite(out, error);
  }
}

/** Removes a folder and its parents up to `top`; fails at the first that is not empty. */
export async function removeEmpty(path: string, top: string): Promise<void> {
  await rmdir(path);
  if (path !== top) await removeEmpty(dirname(path), top);
}

/** Whether the folder exists. @throws when it exists and is not empty, or is not a folder */
async function isEmptyFolder(out: string): Promise<boolean> {
  let names: string[];
  try {
    names = await readdir(out);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return false;
    if (code === 'ENOTDIR') throw new Error(`cannot write ${out}: a file is in the way`);
    throw cannotWrite(out, error);
  }
  if (names.length > 0)
    throw new Error(`cannot write ${out}: the folder is not empty; name a new one, or empty it`);
  return true;
}
