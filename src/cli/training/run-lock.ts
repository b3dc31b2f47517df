/** Allows one training at a time under a name: a file beside the run's folder names its holder. */
import { randomUUID } from 'node:crypto';
import { link, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { cannotWrite } from '../../data/files/write-file.ts';
import { ended, processBegan } from '../process-began.ts';

const holderSchema = z.object({
  pid: z.number(),
  host: z.string(),
  /** The time of locking, in ISO 8601. */
  since: z.string(),
  /**
   * The process's start time as given by its machine, which distinguishes it from a later one with the same
   * id; absent when unknown.
   */
  began: z.string().optional(),
  /** The unique id of this lock. */
  id: z.string(),
});

type Holder = z.infer<typeof holderSchema>;

export class RunLock {
  readonly #path: string;
  readonly #id: string;
  /** A description of the process that had the lock and died; undefined: none. */
  readonly takenOver: string | undefined;

  private constructor(path: string, id: string, takenOver: string | undefined) {
    this.#path = path;
    this.#id = id;
    this.takenOver = takenOver;
  }

  /**
   * Takes the lock of a folder, which need not exist, but its parent must. Replaces a lock whose process has
   * died on this machine.
   * @throws naming the holder, or when the file cannot be written
   */
  static async take(folder: string): Promise<RunLock> {
    const path = join(dirname(folder), `.${basename(folder)}.lock`);
    const pid = process.pid;
    const id = randomUUID();
    const own: Holder = {
      pid,
      host: hostname(),
      since: new Date().toISOString(),
      began: await processBegan(pid),
      id,
    };
    const before = await acquire(path, own).catch((error) => {
      throw error instanceof Held ? new Error(held(folder, path, error.holder)) : error;
    });
    if (before) await sweep(path);
    return new RunLock(path, id, before && described(before));
  }

  async release(): Promise<void> {
    const holder = await holderOf(this.#path).catch(() => undefined);
    if (holder?.id === this.#id) await rm(this.#path, { force: true }).catch(() => {});
  }
}

/** Another process has the lock, and may be alive. */
class Held extends Error {
  readonly holder: Holder;

  constructor(holder: Holder) {
    super();
    this.holder = holder;
  }
}

/**
 * Creates a lock file. A stale one is replaced and never removed: otherwise a third process could take the
 * place in between. A second lock, whose name contains the id of the old one, decides who may replace it.
 * @returns the previous holder, which has died; undefined: none
 * @throws `Held`, or when the file cannot be written
 */
async function acquire(path: string, own: Holder): Promise<Holder | undefined> {
  while (!(await put(path, own))) {
    const holder = await holderOf(path);
    if (holder === undefined) continue; // released meanwhile
    if (await mayLive(holder)) throw new Held(holder);
    const replacing = `${path}.${holder.id.slice(0, 8)}`;
    await acquire(replacing, own);
    try {
      if ((await holderOf(path))?.id !== holder.id) continue; // replaced meanwhile
      await replace(path, own);
      return holder;
    } finally {
      await rm(replacing, { force: true }).catch(() => {});
    }
  }
  return undefined;
}

/**
 * A file beside a lock that is this old, in milliseconds, belongs to a process that died while it took the
 * lock.
 */
const stale = 3_600_000;

/** Removes the files beside a lock of processes that died while they took it. */
async function sweep(path: string): Promise<void> {
  const names = await readdir(dirname(path)).catch(() => []);
  for (const name of names.filter((one) => one.startsWith(`${basename(path)}.`))) {
    const file = join(dirname(path), name);
    const age = await stat(file).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > stale) await rm(file, { force: true }).catch(() => {});
  }
}

async function replace(path: string, holder: Holder): Promise<void> {
  const temporary = temporaryOf(path, holder);
  try {
    await writeFile(temporary, contentOf(holder), { flush: true });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw cannotWrite(path, error);
  }
}

function temporaryOf(path: string, { id }: Holder): string {
  return `${path}.${id}.tmp`;
}

function contentOf(holder: Holder): string {
  return `${JSON.stringify(holder)}\n`;
}

/**
 * Writes the file atomically unless it exists.
 * @returns whether it was written
 */
async function put(path: string, holder: Holder): Promise<boolean> {
  const temporary = temporaryOf(path, holder);
  const content = contentOf(holder);
  try {
    await writeFile(temporary, content, { flush: true });
    // Some file systems have no hard links. There the file appears before its content.
    await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') throw error;
      return writeFile(path, content, { flag: 'wx' });
    });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw cannotWrite(path, error);
  } finally {
    await rm(temporary, { force: true }).catch(() => {});
  }
}

/**
 * @returns undefined when there is no such file
 * @throws when it does not name its holder
 */
async function holderOf(path: string): Promise<Holder | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`${path}: this lock file does not name a process; remove it if no training is running`, {
      cause,
    });
  }
}

/**
 * Whether the process may be running; true if it is on another machine. Containers with the same host name
 * count as one machine, since a restarted container keeps its name.
 */
async function mayLive({ pid, host, began: then }: Holder): Promise<boolean> {
  if (host !== hostname()) return true;
  const now = await processBegan(pid);
  return now !== ended && (then === undefined || now === undefined || now === then);
}

function described({ pid, host, since }: Holder): string {
  return `process ${pid} on ${host}, since ${new Date(since).toLocaleString('sv-SE')}`;
}

function held(folder: string, path: string, holder: Holder): string {
  const elsewhere = holder.host === hostname() ? '' : `, or remove ${path} if that process has died`;
  return `${folder} is being trained by ${described(holder)}; wait until it ends, or choose another --results-name${elsewhere}`;
}
