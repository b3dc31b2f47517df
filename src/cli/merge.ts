/** `merge`: joins the tables of all shards of a run over many pictures. */
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Command } from 'commander';
import { cannotWrite, replaceWhole } from '../data/files/write-file.ts';
import { csv } from '../report/csv.ts';
import { count, groupedCount } from '../text/count.ts';
import { changedOption } from './bulk/changed-option.ts';
import { type FoundShards, findShards } from './bulk/find-shards.ts';
import { keysTwice } from './bulk/keys-twice.ts';
import { csvHeader, csvRow, type Row } from './bulk/row.ts';
import { type Table, type TableFacts, writeTable } from './bulk/table.ts';
import { inFolder } from './files.ts';

interface MergeOptions {
  out?: string;
  csv?: string;
  partial?: boolean;
  allowTwice?: boolean;
}

export function mergeCommand(): Command {
  return new Command('merge')
    .usage('RESULTS... [--out FILE] [--csv FILE] [options]')
    .description(
      "join the tables of all shards of 'hrm explain --bulk'; name the shards that are missing and the keys that occur twice",
    )
    .argument('<results...>', 'folders of results, or tables in them')
    .option(
      '--out <file>',
      'write the joined table as Parquet: the rows of shard 0, then those of shard 1, ...',
    )
    .option('--csv <file>', 'write the joined table as CSV; ; separates the items of a list')
    .option('--partial', 'join the finished shards, even if others are missing or unfinished')
    .option('--allow-twice', 'keep all rows of keys that occur more than once')
    .action(async (given: string[], options: MergeOptions, command: Command) => {
      if (options.out === undefined && options.csv === undefined) {
        command.error('error: a file to write is needed: --out FILE (Parquet), --csv FILE, or both');
      }
      await run(given, options);
    });
}

async function run(given: readonly string[], options: MergeOptions): Promise<void> {
  const found = await findShards(given);
  const { tables } = found;
  checkShards(found, options.partial ?? false);
  await checkKeys(tables, options.allowTwice ?? false);
  const sum = (of: (facts: TableFacts) => number): number =>
    tables.reduce((total, { facts }) => total + of(facts), 0);
  const facts = {
    ...tables[0].facts,
    shard: { index: 0, count: 1 },
    rows: sum(({ rows }) => rows),
    failed: sum(({ failed }) => failed),
  };
  const { out, csv: csvPath } = options;
  if (out !== undefined) await inFolder(dirname(out), () => writeTable(out, rowsOf(tables), facts));
  if (csvPath !== undefined) await inFolder(dirname(csvPath), () => writeCsv(csvPath, tables));
  const failed = facts.failed > 0 ? `, ${groupedCount(facts.failed, 'of them', 'of them')} failed` : '';
  console.log(`${groupedCount(facts.rows, 'picture')} of ${count(tables.length, 'shard')}${failed}`);
  console.log(`written: ${[out, csvPath].filter((path) => path !== undefined).join(', ')}`);
}

/** Names given; the rest is counted. */
const shown = 5;

/** @throws unless all shards of one run are present exactly once */
function checkShards({ tables, unfinished }: FoundShards, partial: boolean): void {
  const [first] = tables;
  const notDone = unfinished.map(
    ({ folder, done }) => `${folder} is not finished (${groupedCount(done, 'picture')} so far)`,
  );
  if (first === undefined) throw new Error(`no shard is finished: ${listed(notDone)}`);
  for (const [i, table] of tables.entries()) {
    const changed = changedOption(first.facts, table.facts, 'in the second');
    if (changed !== undefined) {
      throw new Error(`${first.path} and ${table.path} are of different runs: ${changed}`);
    }
    const { index } = table.facts.shard;
    if (tables[i - 1]?.facts.shard.index === index) {
      throw new Error(`shard ${index} occurs twice: ${tables[i - 1].path} and ${table.path}`);
    }
  }
  const there = new Set(tables.map(({ facts }) => facts.shard.index));
  const all = first.facts.shard.count;
  const missing = Array.from({ length: all }, (_, i) => i).filter((i) => !there.has(i));
  if (missing.length === 0) return;
  const numbers = listed(missing.map(String));
  const message = `${missing.length} of ${all} shards missing: ${numbers}${notDone.length > 0 ? `; ${listed(notDone)}` : ''}`;
  if (!partial) throw new Error(`${message}; --partial joins the others`);
  console.error(`warning: ${message}`);
}

async function checkKeys(tables: readonly Table[], allow: boolean): Promise<void> {
  const twice = await keysTwice(tables);
  if (twice.length === 0) return;
  const words = twice.map(({ key, places }) => `${key} in ${places.join(' and ')}`);
  const message = `${count(twice.length, 'key')} occur${twice.length === 1 ? 's' : ''} more than once: ${listed(words)}`;
  if (!allow) throw new Error(`${message}; --allow-twice keeps all rows`);
  console.error(`warning: ${message}`);
}

function listed(words: readonly string[]): string {
  const more = words.length > shown ? `, and ${words.length - shown} more` : '';
  return words.slice(0, shown).join(', ') + more;
}

async function* rowsOf(tables: readonly Table[]): AsyncGenerator<Row> {
  for (const table of tables) for await (const group of table.groups()) yield* group;
}

async function writeCsv(path: string, tables: readonly Table[]): Promise<void> {
  await replaceWhole(path, async (temporary) => {
    const file = await open(temporary, 'wx');
    try {
      await file.write(csv([csvHeader]));
      for (const table of tables) {
        for await (const group of table.groups()) await file.write(csv(group.map(csvRow)));
      }
      await file.sync();
    } finally {
      await file.close();
    }
  }).catch((error) => {
    throw cannotWrite(path, error);
  });
}
