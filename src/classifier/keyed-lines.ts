/** Text in lines `key: value`. */
import { printable } from '../text/printable.ts';

const mostColumns = 110;
/** A non-breaking space. */
export const noBreakSpace = '\u00a0';

/** The values, `printable`, aligned below one another, wrapped at 110 columns. */
export function keyedLines(rows: readonly (readonly [key: string, value: string])[]): string[] {
  const width = Math.max(...rows.map(([key]) => key.length)) + 2;
  return rows.flatMap(([key, value]) =>
    wrapped(printable(value), mostColumns - width).map(
      (line, i) => (i === 0 ? `${key}:` : '').padEnd(width) + line,
    ),
  );
}

function wrapped(text: string, columns: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines[lines.length - 1];
    if (line !== '' && line.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.map((line) => line.replaceAll(noBreakSpace, ' '));
}
