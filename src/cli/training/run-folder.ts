/** The folders of a run's files: `results/NAME`, and `logs/NAME` for TensorBoard. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readBytes } from '../../data/files/read-file.ts';
import { writeFileWhole } from '../../data/files/write-file.ts';

/** The file names in a run's folder of results. */
export const files = {
  checkpoint: 'checkpoint.ckpt',
  best: 'best_weights.onnx',
  last: 'last_weights.onnx',
  history: 'history.json',
  historyCsv: 'history.csv',
  report: 'report.html',
  unreadable: 'unreadable.txt',
} as const;

/** The content of a file, or a function that makes it when it is written. */
type Content = Uint8Array | string | (() => Promise<Uint8Array>);

export type RunFile = (typeof files)[keyof typeof files];

/** Event files of this program in `logs/NAME`. */
const eventFile = /^events\.out\.tfevents\.\d+\.hrm$/;

/** Temporary files that `writeFileWhole` leaves after a crash. */
const temporaryFile = /^\.(.+)\.[-0-9a-f]{36}\.tmp$/;

export class RunFolder {
  /** For example `half/birds`. */
  readonly name: string;
  readonly results: string;
  readonly logs: string;
  readonly #write: typeof writeFileWhole;
  readonly #staged: Map<RunFile, Content> = new Map();

  /** @param write replaced by tests */
  constructor(name: string, write: typeof writeFileWhole = writeFileWhole) {
    this.name = name;
    this.results = join('results', name);
    this.logs = join('logs', name);
    this.#write = write;
  }

  path(file: RunFile): string {
    return join(this.results, file);
  }

  /** The files of a run that exist. */
  async present(): Promise<RunFile[]> {
    const names = await namesIn(this.results);
    return Object.values(files).filter((file) => names.includes(file));
  }

  async read(file: RunFile): Promise<Uint8Array> {
    return readBytes(this.path(file));
  }

  /**
   * Writes a file that no checkpoint depends on.
   * @throws when it cannot be written
   */
  async write(file: RunFile, content: Uint8Array | string): Promise<void> {
    await this.#write(this.path(file), content);
  }

  async remove(file: RunFile): Promise<void> {
    await rm(this.path(file), { force: true });
  }

  /** Stages a file for the next `save`. It stays staged if that fails. */
  stage(file: RunFile, content: Content): void {
    this.#staged.set(file, content);
  }

  /**
   * Writes the staged files, and then the checkpoint, which depends on them.
   * @throws when a file cannot be written. The checkpoint is then the previous one, and unwritten files stay
   * staged
   */
  async save(checkpoint: Uint8Array): Promise<void> {
    for (const [file, content] of this.#staged) {
      await this.#write(this.path(file), typeof content === 'function' ? await content() : content);
      this.#staged.delete(file);
    }
    await this.#write(this.path(files.checkpoint), checkpoint);
  }

  /** Removes a run's files. The checkpoint goes first: without it, the others do not count as a run. */
  async clear(): Promise<void> {
    for (const file of Object.values(files)) await this.remove(file);
    for (const name of await namesIn(this.logs)) {
      if (eventFile.test(name)) await rm(join(this.logs, name), { force: true });
    }
  }

  /** Removes the temporary files of a crash. */
  async tidy(): Promise<void> {
    const ours: readonly string[] = Object.values(files);
    for (const name of await namesIn(this.results)) {
      if (ours.includes(temporaryFile.exec(name)?.[1] ?? '')) {
        await rm(join(this.results, name), { force: true });
      }
    }
  }
}

/** Names in a folder; empty when it does not exist. */
async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
