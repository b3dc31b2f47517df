/** The table of a run over many pictures, as Parquet with a row for each picture. */
import { open as openFile } from 'node:fs/promises';
import { asyncBufferFromFile, type FileMetaData, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import { z } from 'zod';
import { explained } from '../../data/files/read-file.ts';
import { cannotWrite, replaceWhole } from '../../data/files/write-file.ts';
import { FileError, reasonOf } from '../../errors/file-error.ts';
import { columns, type Row } from './row.ts';

/** The version of the table's format; tables of other versions are rejected. */
export const tableForm = 1;

/** How a table was made. */
export interface TableFacts {
  readonly form: number;
  /** The version of this package. */
  readonly version: string;
  /** The shard; in a merged table, shard 0 of 1. */
  readonly shard: { readonly index: number; readonly count: number };
  readonly by: 'container' | 'picture';
  /** `PictureStream.fingerprint` */
  readonly pictures: string;
  /** All options that change results, by name. */
  readonly options: Readonly<Record<string, string>>;
  readonly rows: number;
  readonly failed: number;
}

const factsSchema: z.ZodType<TableFacts> = z.object({
  form: z.number(),
  version: z.string(),
  shard: z.object({ index: z.number(), count: z.number() }),
  by: z.enum(['container', 'picture']),
  pictures: z.string(),
  options: z.record(z.string(), z.string()),
  rows: z.number(),
  failed: z.number(),
});

/** Rows in a row group: few groups are fast to read, and only one is in memory at a time. */
const groupRows = 10_000;

/**
 * Writes a table atomically.
 * @param rows in order; one group of 10,000 is in memory at a time
 */
export async function writeTable(
  path: string,
  rows: AsyncIterable<Row> | Iterable<Row>,
  facts: TableFacts,
): Promise<void> {
  await replaceWhole(path, async (temporary) => {
    const kvMetadata = [{ key: 'hrm', value: JSON.stringify(facts) }];
    const writer = new ParquetWriter({ writer: newFile(path, temporary), schema, kvMetadata });
    let group: Row[] = [];
    const flush = async (): Promise<void> => {
      const columnData = Object.keys(columns).map((name) => ({
        name,
        data: group.map((row) => row[name] ?? null) as unknown[],
      }));
      if (group.length > 0) await writer.write({ columnData, rowGroupSize: groupRows });
      group = [];
    };
    for await (const row of rows) {
      group.push(row);
      if (group.length === groupRows) await flush();
    }
    await flush();
    await writer.finish();
    const file = await openFile(temporary, 'r+');
    await file.sync().finally(() => file.close());
  });
}

function newFile(path: string, temporary: string): ReturnType<typeof fileWriter> {
  try {
    return fileWriter(temporary);
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number];

const leaves: Readonly<Record<'text' | 'whole' | 'real', Partial<SchemaElement>>> = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  whole: { type: 'INT32' },
  real: { type: 'DOUBLE' },
};

const schema: SchemaElement[] = [
  { name: 'root', num_children: Object.keys(columns).length },
  ...Object.entries(columns).flatMap(([name, kind]): SchemaElement[] => {
    if (kind === 'text' || kind === 'whole' || kind === 'real')
      return [{ ...leaves[kind], name, repetition_type: 'OPTIONAL' }];
    const leaf = leaves[kind.slice(0, -1) as keyof typeof leaves];
    return [
      { name, repetition_type: 'OPTIONAL', converted_type: 'LIST', num_children: 1 },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { ...leaf, name: 'element', repetition_type: 'OPTIONAL' },
    ];
  }),
];

/** An opened table. */
export interface Table {
  readonly path: string;
  readonly facts: TableFacts;
  /**
   * Its rows, one group at a time.
   * @param columns the columns to read; default: all
   * @throws `FileError` when they cannot be read
   */
  groups(columns?: readonly string[]): AsyncGenerator<Row[]>;
}

/** @throws `FileError` when there is no such file, or it is not a table of this kind */
export async function openTable(path: string): Promise<Table> {
  const file = await asyncBufferFromFile(path).catch((error) => {
    throw explained(path, error);
  });
  let metadata: FileMetaData;
  try {
    metadata = await parquetMetadataAsync(file);
  } catch (error) {
    throw new FileError(path, `is not a Parquet file, or is damaged: ${reasonOf(error)}`, { cause: error });
  }
  const text = metadata.key_value_metadata?.find(({ key }) => key === 'hrm')?.value ?? 'null';
  const facts = factsSchema.safeParse(JSON.parse(text));
  if (!facts.success) throw new FileError(path, 'is not a table of hrm explain --bulk');
  return {
    path,
    facts: facts.data,
    async *groups(names) {
      let rowStart = 0;
      for (const { num_rows } of metadata.row_groups) {
        const rowEnd = rowStart + Number(num_rows);
        try {
          const asked = { file, metadata, columns: names as string[] | undefined, rowStart, rowEnd };
          yield (await parquetReadObjects(asked)) as Row[];
        } catch (error) {
          throw FileError.from(path, error);
        }
        rowStart = rowEnd;
      }
    },
  };
}
