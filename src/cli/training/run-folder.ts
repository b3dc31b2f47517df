/** Where a run keeps its files: `results/NAME`, and `logs/NAME` for TensorBoard. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readBytes } from '../../data/files/read-file.ts';
import { writeFileWhole } from '../../data/files/write-file.ts';

export const files = {
  checkpoint: 'checkpoint.ckpt',
  best: 'best_weights.onnx',
  last: 'last_weights.onnx',
  history: 'history.json',
  historyCsv: 'history.csv',
  report: 'report.html',
  unreadable: 'unreadable.txt',
} as const;

/** What is written, or what makes it when it is. */
type Content = Uint8Array | string | (() => Promise<Uint8Array>);

export type RunFile = (typeof files)[keyof typeof files];

/** Event files of ours in `logs/NAME`. */
const eventFile = /^events\.out\.tfevents\.\d+\.hrm$/;

/** What a crash while writing leaves of `writeFileWhole`. */
const temporaryFile = /^\.(.+)\.[-0-9a-f]{36}\.tmp$/;

export class RunFolder {
  /** As `half/birds`. */
  readonly name: string;
  readonly results: string;
  readonly logs: string;
  readonly #write: typeof writeFileWhole;
  readonly #staged: Map<RunFile, Content> = new Map();

  /** @param write for tests */
  constructor(name: string, write: typeof writeFileWhole = writeFileWhole) {
    this.name = name;
    this.results = join('results', name);
    this.logs = join('logs', name);
    this.#write = write;
  }

  path(file: RunFile): string {
    return join(this.results, file);
  }

  /** Files of a run that are there. */
  async present(): Promise<RunFile[]> {
    const names = await namesIn(this.results);
    return Object.values(files).filter((file) => names.includes(file));
  }

  async read(file: RunFile): Promise<Uint8Array> {
    return readBytes(this.path(file));
  }

  /** Writes a file that no checkpoint counts on. @throws when it cannot be written */
  async write(file: RunFile, content: Uint8Array | string): Promise<void> {
    await this.#write(this.path(file), content);
  }

  async remove(file: RunFile): Promise<void> {
    await rm(this.path(file), { force: true });
  }

  /** Has a file written by the next `save`, and by the one after should that fail. */
  stage(file: RunFile, content: Content): void {
    this.#staged.set(file, content);
  }

  /**
   * Writes what is staged, and after it the checkpoint: that one counts on all the others being there.
   * @throws when a file cannot be written. The checkpoint is then the one before, and what is not written stays staged.
   */
  async save(checkpoint: Uint8Array): Promise<void> {
    for (const [file, content] of this.#staged) {
      await this.#write(this.path(file), typeof content === 'function' ? await content() : content);
      this.#staged.delete(file);
    }
    await this.#write(this.path(files.checkpoint), checkpoint);
  }

  /** Removes a run's files, the checkpoint first: the others do not count without it. */
  async clear(): Promise<void> {
    for (const file of Object.values(files)) await this.remove(file);
    for (const name of await namesIn(this.logs)) {
      if (eventFile.test(name)) await rm(join(this.logs, name), { force: true });
    }
  }

  /** Removes what a crash left half-written. */
  async tidy(): Promise<void> {
    const ours: readonly string[] = Object.values(files);
    for (const name of await namesIn(this.results)) {
      if (ours.includes(temporaryFile.exec(name)?.[1] ?? '')) {
        await rm(join(this.results, name), { force: true });
      }
    }
  }
}

/** Names in a folder; none where it is not there. */
async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
