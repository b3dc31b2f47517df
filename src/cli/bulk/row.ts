/** A picture's row in the table of a run over many pictures. */
import type { CsvField } from '../../report/csv.ts';
import type { BulkResultOf } from './explain-stream.ts';

type Cell = string | number | boolean | null | readonly (string | number)[];

/** A picture's row, by the columns' names; of one that failed all but the first columns and `error` are null. */
export type Row = Readonly<Record<string, Cell>>;

export type ColumnKind = 'text' | 'whole' | 'real' | 'texts' | 'wholes' | 'reals';

/** The columns, in their order. Boxes and places are in pixels of the picture, x to the right and y down from the upper left corner. */
export const columns: Readonly<Record<string, ColumnKind>> = {
  key: 'text',
  /** The tar, Parquet file or list that it stands in. */
  source: 'text',
  /** The class that the data says. */
  label: 'text',
  /** Of the class explained. */
  class: 'text',
  class_index: 'whole',
  probability: 'real',
  /** The most probable ones, best first. */
  top_classes: 'texts',
  top_indices: 'wholes',
  top_probabilities: 'reals',
  width: 'whole',
  height: 'whole',
  /** Around what is kept, `[x0, y0, x1, y1)`. */
  x0: 'whole',
  y0: 'whole',
  x1: 'whole',
  y1: 'whole',
  /** Of the picture that is kept, in [0, 1]. */
  share: 'real',
  /** Where the refined map is highest. */
  peak_x: 'whole',
  peak_y: 'whole',
  /** Of the evidence for the class, the part within what is kept, in [0, 1]. */
  evidence_inside: 'real',
  /** Maps with one value everywhere. */
  flat: 'texts',
  /** Why it could not be explained. */
  error: 'text',
};

export function rowOf({ picture: { key, from, label }, explained: found, error }: BulkResultOf): Row {
  const base = { key, source: from ?? null, label: label ?? null, error: error ?? null };
  if (found === undefined) return base;
  const { of, top, measures } = found;
  const [x0, y0, x1, y1] = measures.box ?? [null, null, null, null];
  const [peak_x, peak_y] = measures.peak ?? [null, null];
  return {
    ...base,
    class: of.name,
    class_index: of.index,
    probability: of.probability,
    top_classes: top.map(({ name }) => name),
    top_indices: top.map(({ index }) => index),
    top_probabilities: top.map(({ probability }) => probability),
    width: measures.width,
    height: measures.height,
    ...{ x0, y0, x1, y1, peak_x, peak_y },
    share: measures.share,
    evidence_inside: measures.evidenceInside ?? null,
    flat: measures.flat,
  };
}

/** The columns' names, as the first line of a CSV file. */
export const csvHeader: readonly CsvField[] = Object.keys(columns);

/** A row as CSV has it: lists with `;` between. */
export function csvRow(row: Row): CsvField[] {
  return Object.keys(columns).map((name) => {
    const cell = row[name] ?? undefined;
    return Array.isArray(cell) ? cell.join(';') : (cell as CsvField);
  });
}
