/** Expands brace patterns in file names: `shards-{000..099}.tar`. */

/** Most names that a pattern may expand to. */
const mostNames = 1_000_000;

/**
 * Expands a pattern as Bash does: `{000..099}` counts with the leading zeros of the first number, and `{a,b}`
 * lists. Several braces in one name are combined. A name without a pattern is returned unchanged.
 * @throws when the pattern expands to more than a million names
 */
export function expandBraces(pattern: string): string[] {
  let names = [''];
  let from = 0;
  for (const match of pattern.matchAll(/\{(\d+)\.\.(\d+)\}|\{([^{},]*(?:,[^{},]*)+)\}/g)) {
    const before = pattern.slice(from, match.index);
    const words = match[3] === undefined ? numbers(pattern, match[1], match[2]) : match[3].split(',');
    if (names.length * words.length > mostNames) throw tooMany(pattern);
    names = names.flatMap((name) => words.map((word) => name + before + word));
    from = match.index + match[0].length;
  }
  return names.map((name) => name + pattern.slice(from));
}

function numbers(pattern: string, first: string, last: string): string[] {
  const [low, high] = [Number(first), Number(last)];
  const count = Math.abs(high - low) + 1;
  if (count > mostNames) throw tooMany(pattern);
  const zeros = first.startsWith('0') || last.startsWith('0') ? Math.max(first.length, last.length) : 0;
  const step = high < low ? -1 : 1;
  return Array.from({ length: count }, (_, i) => String(low + step * i).padStart(zeros, '0'));
}

function tooMany(pattern: string): Error {
  return new Error(`${pattern}: a pattern stands for at most ${mostNames} files`);
}
