/** Text from files on its way to a terminal: it can neither begin a line of its own nor colour, hide or turn round others. */

/** Control characters (C0, C1), ends of lines and paragraphs, and what changes the direction of text. */
const unseen = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** The text with such characters as JSON writes them: `\u001b`. */
export function printable(text: string): string {
  return text.replace(unseen, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
