/** Locks a shard for one process: a file in its folder names the process, which updates it regularly. */
import { randomUUID } from 'node:crypto';
import { type FileHandle, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { cannotWrite, writeFileWhole } from '../../data/files/write-file.ts';
import { ended, processBegan } from '../process-began.ts';

const ownerSchema = z.object({ id: z.string(), pid: z.number(), host: z.string() });
type Owner = z.infer<typeof ownerSchema>;

/** Milliseconds between two updates. */
const beat = 5_000;

/**
 * After this many milliseconds without an update, the process is considered dead. Its host name is no
 * evidence: pods and machines come back under other names.
 */
const stale = 30_000;

export class ShardOwner {
  readonly #path: string;
  readonly #owner: Owner;
  readonly #timer: NodeJS.Timeout;
  /** The open file: after another process has taken over, updates do not reach that process's file. */
  readonly #file: FileHandle;

  private constructor(path: string, owner: Owner, file: FileHandle) {
    this.#path = path;
    this.#owner = owner;
    this.#file = file;
    this.#timer = setInterval(() => void this.#touch(), beat);
    this.#timer.unref();
  }

  /**
   * Takes an existing folder of a shard.
   * @throws naming the process that has it
   */
  static async take(folder: string): Promise<ShardOwner> {
    const path = join(folder, 'owner.json');
    const before = await ownerIn(path);
    if (before && (await lives(path, before))) {
      throw new Error(
        `${folder}: process ${before.pid} on ${before.host} is working on this shard; wait until it ends, or use another --out or --shard`,
      );
    }
    const owner = { id: randomUUID(), pid: process.pid, host: hostname() };
    await writeFileWhole(path, `${JSON.stringify(owner)}\n`);
    const taken = new ShardOwner(path, owner, await open(path, 'r+'));
    await taken.check();
    return taken;
  }

  /** @throws when another process has taken the shard because this one seemed dead */
  async check(): Promise<void> {
    const now = await ownerIn(this.#path);
    if (now?.id === this.#owner.id) return;
    const who = now === undefined ? 'another process' : `process ${now.pid} on ${now.host}`;
    throw new Error(`${this.#path}: ${who} has taken over this shard; this process stops`);
  }

  /**
   * Stops the updates. The file is removed with the folder, or tells the next process that this one has
   * ended.
   */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#file.utimes(0, 0).catch(() => {});
    await this.#file.close().catch(() => {});
  }

  async #touch(): Promise<void> {
    // Written, because a write sets the file system's own time. `check` detects what a failed write means.
    await this.#file.write(`${JSON.stringify(this.#owner)}\n`, 0).catch(() => {});
  }
}

async function ownerIn(path: string): Promise<Owner | undefined> {
  try {
    return ownerSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined; // none, or not one that lives
  }
}

/**
 * Whether the owner is alive. Ages are measured with the clock of the shared file system: that of a file
 * written now.
 */
async function lives(path: string, { pid, host }: Owner): Promise<boolean> {
  if (host === hostname() && pid !== process.pid && (await processBegan(pid)) === ended) return false;
  const probe = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(probe, '', { flag: 'wx' });
    const [{ mtimeMs }, { mtimeMs: now }] = await Promise.all([stat(path), stat(probe)]);
    return now - mtimeMs < stale;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw cannotWrite(path, error);
  } finally {
    await rm(probe, { force: true });
  }
}
