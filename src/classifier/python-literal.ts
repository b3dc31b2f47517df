/**
 * Parses the dict of names that Ultralytics writes into a file's metadata, as Python prints it:
 * `{0: 'cat', 1: "bird's nest"}`.
 */

const entry = /\s*(\d+)\s*:\s*('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\s*(,|$)/y;

/** @returns undefined if it is not a dict from whole numbers to texts */
export function parsePythonNames(text: string): ReadonlyMap<number, string> | undefined {
  const inside = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1];
  if (inside === undefined) return undefined;
  const names = new Map<number, string>();
  entry.lastIndex = 0;
  while (entry.lastIndex < inside.trimEnd().length) {
    const match = entry.exec(inside);
    if (!match) return undefined;
    names.set(Number(match[1]), unquoted(match[2]));
  }
  return names;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

/** The content of a Python string literal. */
function unquoted(quoted: string): string {
  return quoted
    .slice(1, -1)
    .replace(/\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))/g, (_, x, u, long, other) => {
      const code = x ?? u ?? long;
      return code === undefined ? (escapes[other] ?? other) : String.fromCodePoint(Number.parseInt(code, 16));
    });
}
