/** A run's folder as rank 0 has found it, on the other ranks: these need no disk in common, and see nothing that changes meanwhile. */
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

  /** The checkpoint alone. */
  override async read(file: RunFile): Promise<Uint8Array> {
    if (file !== files.checkpoint) throw new Error(`internal: ${this.path(file)} is read by rank 0 alone`);
    return this.#checkpoint;
  }
}

/** The folder for each rank: rank 0's own, and what the others see of it. */
export async function shareFolder(crew: Crew, folder: RunFolder): Promise<RunFolder> {
  const present = crew.leads ? await folder.present() : [];
  const checkpoint = present.includes(files.checkpoint) ? await folder.read(files.checkpoint) : undefined;
  const list = await crew.broadcastBytes(new TextEncoder().encode(JSON.stringify(present)));
  const bytes = await crew.broadcastBytes(checkpoint);
  return crew.leads ? folder : new SeenFolder(folder.name, JSON.parse(new TextDecoder().decode(list)), bytes);
}
