/** Tables for spreadsheets. */

export type CsvField = string | number | boolean | undefined;

/**
 * Rows as CSV by RFC 4180: commas, lines end in CR LF, a field with a comma, a quote or a line's end stands in quotes. Numbers have all
 * their digits and a decimal point; undefined is an empty field.
 */
export function csv(rows: readonly (readonly CsvField[])[]): string {
  return rows.map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

function field(value: CsvField): string {
  const content = String(value ?? '');
  return /[",\r\n]/.test(content) ? `"${content.replaceAll('"', '""')}"` : content;
}
