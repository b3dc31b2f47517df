/** A picture's row in the table of a run over many pictures. */
import type { CsvField } from '../../report/csv.ts';
import type { BulkResultOf } from './explain-stream.ts';

type Cell = string | number | boolean | null | readonly (string | number)[];

/**
 * The values of a row by column name. In the row of a failed picture, all but the first columns and `error`
 * are null.
 */
export type Row = Readonly<Record<string, Cell>>;

export type ColumnKind = 'text' | 'whole' | 'real' | 'texts' | 'wholes' | 'reals';

/**
 * The columns, in order. Boxes and positions are in pixels of the picture; the origin is its upper left
 * corner, and y points down.
 */
export const columns: Readonly<Record<string, ColumnKind>> = {
  key: 'text',
  /** The tar, Parquet file or list that contains the picture. */
  source: 'text',
  /** The class given by the data. */
  label: 'text',
  /** The explained class. */
  class: 'text',
  class_index: 'whole',
  probability: 'real',
  /** The most probable classes, in descending order. */
  top_classes: 'texts',
  top_indices: 'wholes',
  top_probabilities: 'reals',
  width: 'whole',
  height: 'whole',
  /** The bounding box of the kept pixels, `[x0, y0, x1, y1)`. */
  x0: 'whole',
  y0: 'whole',
  x1: 'whole',
  y1: 'whole',
  /** The kept share of the picture, in [0, 1]. */
  share: 'real',
  /** The maximum of the refined map. */
  peak_x: 'whole',
  peak_y: 'whole',
  /** The share of the evidence for the class that lies within the kept pixels, in [0, 1]. */
  evidence_inside: 'real',
  /** Names of the maps that are constant. */
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

/** The column names: the first line of a CSV file. */
export const csvHeader: readonly CsvField[] = Object.keys(columns);

/** The fields of a CSV row; the items of a list are separated by `;`. */
export function csvRow(row: Row): CsvField[] {
  return Object.keys(columns).map((name) => {
    const cell = row[name] ?? undefined;
    return Array.isArray(cell) ? cell.join(';') : (cell as CsvField);
  });
}
