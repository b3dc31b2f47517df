/** A Parquet file as Hugging Face's image data sets have it. */
import { parquetWriteFile } from 'hyparquet-writer';

export interface HuggingFaceRow {
  readonly image: { readonly bytes?: Uint8Array; readonly path?: string } | null;
  /** A class, by index. */
  readonly label: number | null;
}

/** @param group rows that are written as one group */
export function writeHuggingFace(
  filename: string,
  names: readonly string[],
  rows: readonly HuggingFaceRow[],
  group: number,
): void {
  const info = { info: { features: { label: { names, _type: 'ClassLabel' } } } };
  parquetWriteFile({
    filename,
    rowGroupSize: group,
    kvMetadata: [{ key: 'huggingface', value: JSON.stringify(info) }],
    schema: [
      { name: 'root', num_children: 2 },
      { name: 'image', num_children: 2, repetition_type: 'OPTIONAL' },
      { name: 'bytes', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
      { name: 'path', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
      { name: 'label', type: 'INT64', repetition_type: 'OPTIONAL' },
    ],
    columnData: [
      { name: 'image', data: rows.map(({ image }) => image) },
      { name: 'label', data: rows.map(({ label }) => (label === null ? null : BigInt(label))) },
    ],
  });
}
