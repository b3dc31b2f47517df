/**
 * Rank 0's view of the run's folder, for the other ranks: they need no shared disk, and see no later changes.
 */
import type { Crew } from '../../train/crew.ts';
import { files, type RunFile, RunFolder } from './run-folder.ts';

class SeenFolder extends RunFolder {
  readonly #present: readonly RunFile[];
  readonly #checkpoint: Uint8Array;

  constructor(name: string, present: readonly RunFile[], checkpoint: Uint8Array) {
    super(name, async (path) => {
      throw new Error(`internal: ${path} is written by rank 0 alone`);
    });
    this.#present = present;
    this.#checkpoint = checkpoint;
  }

  override async present(): Promise<RunFile[]> {
    return [...this.#present];
  }

  /** Reads the checkpoint; other files are not available. */
  override async read(file: RunFile): Promise<Uint8Array> {
    if (file !== files.checkpoint) throw new Error(`internal: ${this.path(file)} is read by rank 0 alone`);
    return this.#checkpoint;
  }
}

/** The folder for each rank: the actual one on rank 0, a copy of its content on the others. */
export async function shareFolder(crew: Crew, folder: RunFolder): Promise<RunFolder> {
  const present = crew.leads ? await folder.present() : [];
  const checkpoint = present.includes(files.checkpoint) ? await folder.read(files.checkpoint) : undefined;
  const list = await crew.broadcastBytes(new TextEncoder().encode(JSON.stringify(present)));
  const bytes = await crew.broadcastBytes(checkpoint);
  return crew.leads ? folder : new SeenFolder(folder.name, JSON.parse(new TextDecoder().decode(list)), bytes);
}
