/** Tables for spreadsheets. */

export type CsvField = string | number | boolean | undefined;

/**
 * Rows as CSV by RFC 4180: separated by commas, lines end in CR LF, fields with a comma, a quote or a line
 * break are quoted. Numbers have all their digits and a decimal point; undefined is an empty field. A text
 * that a spreadsheet would take for a formula gets a leading apostrophe, as OWASP recommends against CSV
 * injection.
 */
export function csv(rows: readonly (readonly CsvField[])[]): string {
  return rows.map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

/** Full-width forms, too, which some spreadsheets treat like the others. */
const formula = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

function field(value: CsvField): string {
  const text = String(value ?? '');
  const content = typeof value === 'string' && formula.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(content) ? `"${content.replaceAll('"', '""')}"` : content;
}
