/** Finds keys that occur more than once in tables, with 8 bytes of memory a row. */
import { createHash } from 'node:crypto';
import type { Table } from './table.ts';

/** A key, and the tables and sources of its rows. */
export interface KeyTwice {
  readonly key: string;
  readonly places: readonly string[];
}

/**
 * @returns all keys that occur more than once
 * @throws when a table has another number of rows than it states, or cannot be read
 */
export async function keysTwice(tables: readonly Table[]): Promise<KeyTwice[]> {
  const digests = new BigUint64Array(tables.reduce((sum, { facts }) => sum + facts.rows, 0));
  let at = 0;
  for (const table of tables) {
    const first = at;
    for await (const key of keysOf(table)) digests[at++] = digestOf(key.key);
    if (at - first !== table.facts.rows) {
      throw new Error(`${table.path}: its metadata say ${table.facts.rows} pictures, it has ${at - first}`);
    }
  }
  digests.sort();
  const twice = new Set(digests.filter((digest, i) => digest === digests[i - 1]));
  if (twice.size === 0) return [];
  // Compare the keys themselves only now: two different keys may share a digest.
  const places = new Map<string, string[]>();
  for (const table of tables) {
    for await (const { key, source } of keysOf(table)) {
      if (!twice.has(digestOf(key))) continue;
      const place = source === null ? table.path : `${table.path} (of ${source})`;
      places.set(key, [...(places.get(key) ?? []), place]);
    }
  }
  return [...places].filter(([, of]) => of.length > 1).map(([key, of]) => ({ key, places: of }));
}

async function* keysOf(table: Table): AsyncGenerator<{ key: string; source: string | null }> {
  for await (const group of table.groups(['key', 'source'])) {
    yield* group as unknown as { key: string; source: string | null }[];
  }
}

function digestOf(key: string): bigint {
  return createHash('sha1').update(key).digest().readBigUInt64LE();
}
