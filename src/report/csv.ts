/** Tables for spreadsheets. */

export type CsvField = string | number | boolean | undefined;

/**
 * Rows as CSV by RFC 4180: commas, lines end in CR LF, a field with a comma, a quote or a line's end stands in quotes. Numbers have all
 * their digits and a decimal point; undefined is an empty field. A text that a spreadsheet would take for a formula begins with an
 * apostrophe, as OWASP advises against CSV injection.
 */
export function csv(rows: readonly (readonly CsvField[])[]): string {
  return rows.map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

/** Wide forms, too, which some spreadsheets take for the others. */
const formula = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

function field(value: CsvField): string {
  const text = String(value ?? '');
  const content = typeof value === 'string' && formula.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(content) ? `"${content.replaceAll('"', '""')}"` : content;
}
