/** A tar that grows, and can be truncated to an earlier length. */
import { type FileHandle, open } from 'node:fs/promises';
import { pack } from 'tar-stream';
import { cannotWrite } from '../../data/files/write-file.ts';

/** Two blocks of zeros end a tar. */
const closing = Buffer.alloc(1024);

export class TarFile {
  readonly #path: string;
  readonly #file: FileHandle;
  #length: number;

  private constructor(path: string, file: FileHandle, length: number) {
    this.#path = path;
    this.#file = file;
    this.#length = length;
  }

  /**
   * Opens or creates a tar, and truncates it to `length` bytes.
   * @throws when it is shorter, or cannot be written
   */
  static async open(path: string, length: number): Promise<TarFile> {
    try {
      const file = await open(path, length === 0 ? 'w+' : 'r+');
      const { size } = await file.stat();
      if (size >= length) {
        await file.truncate(length);
        return new TarFile(path, file, length);
      }
      await file.close();
      throw new Error(`has ${size} bytes, but ${length} were written; remove its folder to begin again`);
    } catch (error) {
      throw cannotWrite(path, error);
    }
  }

  /** Length in bytes, without the two blocks of zeros at the end. */
  get length(): number {
    return this.#length;
  }

  async add(files: Readonly<Record<string, Uint8Array | string>>): Promise<void> {
    const entries = Object.entries(files);
    if (entries.length === 0) return;
    const packed = pack();
    // No time is written, so that the same pictures give the same bytes.
    for (const [name, content] of entries) packed.entry({ name, mtime: new Date(0) }, Buffer.from(content));
    packed.finalize();
    const chunks: Buffer[] = [];
    for await (const chunk of packed as AsyncIterable<Buffer>) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    await this.#write(bytes.subarray(0, bytes.length - closing.length));
  }

  /** Waits until everything is on the disk. */
  async sync(): Promise<void> {
    await this.#file.sync().catch((error) => {
      throw cannotWrite(this.#path, error);
    });
  }

  /**
   * Closes the file.
   * @param whole whether to end the tar with its blocks of zeros
   */
  async close(whole: boolean): Promise<void> {
    if (whole) {
      await this.#write(closing);
      await this.sync();
    }
    await this.#file.close();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    try {
      let written = 0;
      while (written < bytes.length) {
        const rest = bytes.subarray(written);
        written += (await this.#file.write(rest, 0, rest.length, this.#length + written)).bytesWritten;
      }
      this.#length += bytes.length;
    } catch (error) {
      throw cannotWrite(this.#path, error);
    }
  }
}
