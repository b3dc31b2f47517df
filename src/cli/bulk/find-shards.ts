/** Finds the finished and the unfinished shards in folders of results. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { explained } from '../../data/files/read-file.ts';
import { FileError } from '../../errors/file-error.ts';
import { countParts, partsEnding, readPart } from './shard-store.ts';
import { openTable, type Table } from './table.ts';

export interface FoundShards {
  /** Sorted by shard. */
  readonly tables: readonly Table[];
  /** Folders of unfinished shards, and how many pictures each has finished. */
  readonly unfinished: readonly { readonly folder: string; readonly done: number }[];
}

/**
 * @param given folders of results, or tables
 * @throws `FileError` when there is no table, or one cannot be read
 */
export async function findShards(given: readonly string[]): Promise<FoundShards> {
  const tables: Table[] = [];
  const unfinished: { folder: string; done: number }[] = [];
  for (const path of given) {
    const found = await stat(path).catch((error) => {
      throw explained(path, error);
    });
    if (!found.isDirectory()) {
      tables.push(await openTable(path));
      continue;
    }
    const names = (await readdir(path)).filter((name) => /^shard-\d+-of-\d+\.(parquet|parts)$/.test(name));
    if (names.length === 0) throw new FileError(path, 'has no shard; hrm explain --bulk writes them');
    for (const name of names.sort()) {
      const at = join(path, name);
      if (!name.endsWith(partsEnding)) tables.push(await openTable(at));
      else if (!names.includes(name.replace(partsEnding, '.parquet'))) {
        const parts = await countParts(at);
        unfinished.push({ folder: at, done: parts === 0 ? 0 : (await readPart(at, parts - 1)).done });
      }
    }
  }
  tables.sort((a, b) => a.facts.shard.index - b.facts.shard.index);
  return { tables, unfinished };
}
