/** The TensorBoard log of a run: a file that can be truncated to the position in a checkpoint. */
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { cannotWrite } from '../../data/files/write-file.ts';
import { encodeFileHeader, eventFileName } from '../../train/tensorboard.ts';

/** A file in the log's folder, and the number of its valid bytes. */
export interface LogPosition {
  readonly file: string;
  readonly bytes: number;
}

export class EventLog {
  readonly #folder: string;
  #position: LogPosition;
  #waiting: Uint8Array[];

  private constructor(folder: string, position: LogPosition, waiting: Uint8Array[]) {
    this.#folder = folder;
    this.#position = position;
    this.#waiting = waiting;
  }

  /** A new log. Its file is created when the first records are flushed. */
  static new(folder: string): EventLog {
    const now = Date.now() / 1000;
    return new EventLog(folder, { file: eventFileName(now), bytes: 0 }, [encodeFileHeader(now)]);
  }

  /**
   * Resumes a log at a position.
   * @param records the records up to there, for a new file if the old one is missing or truncated
   */
  static async resume(
    folder: string,
    position: LogPosition,
    records: () => readonly Uint8Array[],
  ): Promise<EventLog> {
    const size = await stat(join(folder, position.file)).then(
      (found) => found.size,
      () => -1,
    );
    if (size >= position.bytes) return new EventLog(folder, position, []);
    const log = EventLog.new(folder);
    for (const record of records()) log.add(record);
    return log;
  }

  /** The position after the next flush. */
  get position(): LogPosition {
    return this.#position;
  }

  add(record: Uint8Array): void {
    this.#waiting.push(record);
  }

  /**
   * Writes the added records at the position, and truncates what a crash left after it.
   * @throws when it cannot be written
   */
  async flush(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const { file, bytes } = this.#position;
    const path = join(this.#folder, file);
    const content = Buffer.concat(this.#waiting);
    try {
      const handle = await open(path, bytes === 0 ? 'w' : 'r+');
      try {
        await handle.truncate(bytes);
        for (let at = 0; at < content.length; ) {
          at += (await handle.write(content, at, content.length - at, bytes + at)).bytesWritten;
        }
        await handle.sync();
      } finally {
        await handle.close();
      }
    } catch (error) {
      throw cannotWrite(path, error);
    }
    this.#position = { file, bytes: bytes + content.length };
    this.#waiting = [];
  }
}
