/**
 * The results of an unfinished shard: parts of the table, each written atomically, and a growing tar. Each
 * part stores the position in the stream and the length of the tar, so a killed run neither repeats nor skips
 * pictures. At the end the parts are joined.
 *
 *     OUT/shard-00000-of-00004.parts/{run.json,owner.json,part-000000.json,files.tar}
 *     OUT/shard-00000-of-00004.{parquet,tar}
 */
import { existsSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { readBytes } from '../../data/files/read-file.ts';
import { cannotWrite, writeFileWhole } from '../../data/files/write-file.ts';
import { type StreamPosition, streamStart } from '../../data/streams/picture-stream.ts';
import { FileError } from '../../errors/file-error.ts';
import { makeFolder } from '../files.ts';
import { changedOption } from './changed-option.ts';
import type { BulkResultOf } from './explain-stream.ts';
import { type Row, rowOf } from './row.ts';
import { ShardOwner } from './shard-owner.ts';
import { openTable, type TableFacts, writeTable } from './table.ts';
import { TarFile } from './tar-file.ts';

/** What identifies a run, without the counts of its rows. */
export type RunFacts = Omit<TableFacts, 'rows' | 'failed'>;

/** The file name of a shard without extension: `shard-00003-of-00008`. */
export function shardName({ index, count }: TableFacts['shard']): string {
  const [i, n] = [index, count].map((number) => String(number).padStart(5, '0'));
  return `shard-${i}-of-${n}`;
}

/** The suffix of the folder of an unfinished shard, after the shard's name. */
export const partsEnding = '.parts';

const positionSchema = z.object({ container: z.number(), at: z.number(), index: z.number() });

/** A part of a table, and the state after it. */
interface Part {
  readonly rows: readonly Row[];
  readonly next: StreamPosition;
  readonly tarLength: number;
  /** Counts of all parts up to this one. */
  readonly done: number;
  readonly failed: number;
}

const partSchema = z.object({
  rows: z.array(z.record(z.string(), z.any())),
  next: positionSchema,
  tarLength: z.number(),
  done: z.number(),
  failed: z.number(),
});

export class ShardStore {
  readonly #base: string;
  readonly #facts: RunFacts;
  readonly #owner: ShardOwner;
  /** The tar for the files; undefined when they go below a folder. */
  readonly #tar: TarFile | undefined;
  readonly #folder: string;
  #parts: number;
  #last: Omit<Part, 'rows'>;
  #rows: Row[] = [];
  #next: StreamPosition;

  private constructor(
    base: string,
    facts: RunFacts,
    owner: ShardOwner,
    tar: TarFile | undefined,
    parts: number,
    last: Omit<Part, 'rows'>,
  ) {
    this.#base = base;
    this.#folder = dirname(base);
    this.#facts = facts;
    this.#owner = owner;
    this.#tar = tar;
    this.#parts = parts;
    this.#last = last;
    this.#next = last.next;
  }

  /**
   * The facts of a finished shard; undefined without one.
   * @throws when that run had other pictures or options
   */
  static async finished(out: string, facts: RunFacts): Promise<TableFacts | undefined> {
    const path = `${join(out, shardName(facts.shard))}.parquet`;
    if (!existsSync(path)) return undefined;
    const found = await openTable(path);
    checkSame(path, found.facts, facts);
    return found.facts;
  }

  /** @throws when the folder has shards of another shard count: some pictures would be explained twice */
  static async checkFolder(out: string, { count }: TableFacts['shard']): Promise<void> {
    const names = await readdir(out).catch(() => []);
    const other = names.find((name) => {
      const found = /^shard-\d+-of-(\d+)\./.exec(name);
      return found !== null && Number(found[1]) !== count;
    });
    if (other === undefined) return;
    throw new Error(
      `${out}: ${other} belongs to a run with another number of shards; this run has ${count}. Use another --out, or the same --shard I/N or --shard-count N as before`,
    );
  }

  /** Removes the files of a shard. */
  static async remove(out: string, shard: TableFacts['shard']): Promise<void> {
    const base = join(out, shardName(shard));
    // The table is removed first: it marks the shard as finished.
    for (const ending of ['.parquet', '.tar', partsEnding]) {
      await rm(base + ending, { recursive: true, force: true }).catch((error) => {
        throw cannotWrite(base + ending, error);
      });
    }
  }

  /**
   * Begins a shard, or resumes after the last complete part.
   * @param asTar whether the files go into a tar; otherwise they go below the folder
   * @throws when another process works on the shard, or the parts belong to another run
   */
  static async open(out: string, facts: RunFacts, asTar: boolean): Promise<ShardStore> {
    const base = join(out, shardName(facts.shard));
    const folder = base + partsEnding;
    await makeFolder(folder);
    const owner = await ShardOwner.take(folder);
    try {
      const run = join(folder, 'run.json');
      if (existsSync(run)) checkSame(folder, await readRun(run), facts);
      else await writeFileWhole(run, `${JSON.stringify(facts, null, 1)}\n`);
      const parts = await countParts(folder);
      const last: Omit<Part, 'rows'> =
        parts === 0
          ? { next: streamStart, tarLength: 0, done: 0, failed: 0 }
          : await readPart(folder, parts - 1);
      // The tar may already have its final name, when the process ended before the table was joined.
      const closed = existsSync(`${base}.tar`);
      if (closed) await rename(`${base}.tar`, join(folder, 'files.tar'));
      const tar = asTar ? await TarFile.open(join(folder, 'files.tar'), last.tarLength) : undefined;
      return new ShardStore(base, facts, owner, tar, parts, last);
    } catch (error) {
      await owner.release();
      throw error;
    }
  }

  /** Where the stream continues. */
  get next(): StreamPosition {
    return this.#next;
  }

  /** Pictures so far, in complete parts and since, and how many of them failed. */
  get counts(): { done: number; failed: number } {
    const failed = this.#rows.filter(({ error }) => error !== null).length;
    return { done: this.done, failed: this.#last.failed + failed };
  }

  /** Adds a picture, which is only stored by the next `commit`. */
  async add(result: BulkResultOf): Promise<void> {
    const files = result.explained?.files ?? {};
    if (this.#tar) await this.#tar.add(files);
    else {
      for (const [name, content] of Object.entries(files)) {
        const path = join(this.#folder, name);
        await makeFolder(dirname(path));
        await writeFileWhole(path, content);
      }
    }
    this.#rows.push(rowOf(result));
    this.#next = result.next;
  }

  /** Pictures so far, in complete parts and since. */
  get done(): number {
    return this.#last.done + this.#rows.length;
  }

  /** Pictures since the last complete part. */
  get pending(): number {
    return this.#rows.length;
  }

  /**
   * Writes the pictures since the last part as a new part.
   * @throws when another process has taken the shard
   */
  async commit(): Promise<void> {
    if (this.#rows.length === 0) return;
    await this.#tar?.sync();
    await this.#owner.check();
    const part: Part = {
      rows: this.#rows,
      next: this.#next,
      tarLength: this.#tar?.length ?? 0,
      ...this.counts,
    };
    await writeFileWhole(partPath(this.#base + partsEnding, this.#parts), `${JSON.stringify(part)}\n`);
    this.#parts++;
    this.#rows = [];
    this.#last = part;
  }

  /** Joins the parts. The tar is renamed first, then the table, which marks the shard as finished. */
  async finish(): Promise<TableFacts> {
    await this.commit();
    await this.#owner.check();
    const folder = this.#base + partsEnding;
    if (this.#tar) {
      const empty = this.#tar.length === 0;
      await this.#tar.close(true);
      if (!empty) await rename(join(folder, 'files.tar'), `${this.#base}.tar`);
    }
    const { done, failed } = this.#last;
    const facts = { ...this.#facts, rows: done, failed };
    await writeTable(`${this.#base}.parquet`, rowsOf(folder, this.#parts), facts);
    await this.#owner.release();
    await rm(folder, { recursive: true, force: true });
    return facts;
  }

  /** Stops before the end; committed parts stay. */
  async release(): Promise<void> {
    await this.#tar?.close(false).catch(() => {});
    await this.#owner.release();
  }
}

function checkSame(path: string, found: RunFacts, wanted: RunFacts): void {
  const changed = changedOption(found, wanted);
  if (changed === undefined) return;
  throw new Error(
    `${path}: was begun with different ${changed}; --overwrite discards it, another --out keeps it`,
  );
}

async function readRun(path: string): Promise<RunFacts> {
  try {
    return JSON.parse(Buffer.from(await readBytes(path)).toString('utf8')) as RunFacts;
  } catch (error) {
    throw FileError.from(path, error);
  }
}

function partPath(folder: string, number: number): string {
  return join(folder, `part-${String(number).padStart(6, '0')}.json`);
}

/** The number of parts, which are numbered consecutively from 0. */
export async function countParts(folder: string): Promise<number> {
  return (await readdir(folder)).filter((name) => /^part-\d+\.json$/.test(name)).length;
}

/**
 * Reads a part by its number, from 0.
 * @throws `FileError` when it cannot be read, or is damaged
 */
export async function readPart(folder: string, number: number): Promise<Part> {
  const path = partPath(folder, number);
  const text = Buffer.from(await readBytes(path)).toString('utf8');
  try {
    return partSchema.parse(JSON.parse(text)) as Part;
  } catch (cause) {
    throw new FileError(path, 'is not a part of a shard; --overwrite discards the shard and begins again', {
      cause,
    });
  }
}

async function* rowsOf(folder: string, parts: number): AsyncGenerator<Row> {
  for (let i = 0; i < parts; i++) yield* (await readPart(folder, i)).rows;
}
