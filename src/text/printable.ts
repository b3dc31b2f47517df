/** Makes names from outside (of files, classes, models) safe for a terminal. */

/** Control characters, and those that change the writing direction or end a line. */
const unprintable = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/**
 * The text with its control characters written as `\x1b`, `\n`, `\u202e`: a terminal would execute them, and
 * a name could colour, erase or imitate other lines.
 */
export function printable(text: string): string {
  return text.replace(unprintable, escaped);
}

/**
 * `printable`, except that line breaks and tabs stay: for a text of several lines whose names are `printable`
 * already.
 */
export function printableLines(text: string): string {
  return text.replace(unprintable, (char) => (char === '\n' || char === '\t' ? char : escaped(char)));
}

const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escaped(char: string): string {
  const code = char.charCodeAt(0);
  const hex = code.toString(16);
  return short[char] ?? (code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`);
}
