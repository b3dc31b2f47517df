/** Sets of labels: integers from masks, or colours as `0xRRGGBB`. */

/** Ranges, both ends included. */
export type LabelSet = readonly (readonly [low: number, high: number])[];

export const noLabel: LabelSet = [];

/** Whether a label is in the set. */
export function hasLabel(set: LabelSet, label: number): boolean {
  return set.some(([low, high]) => label >= low && label <= high);
}

/** Membership of each value in the set, 1 or 0. */
export function members(set: LabelSet, values: Uint32Array): Uint8Array {
  const known = new Map<number, number>();
  return Uint8Array.from(values, (value) => {
    const found = known.get(value) ?? Number(hasLabel(set, value));
    known.set(value, found);
    return found;
  });
}

/**
 * Parses `1`, `1-20`, `3,7-9`, `#ff0000` or `none`.
 * @throws when the text has another format
 */
export function parseLabels(text: string): LabelSet {
  if (text.trim().toLowerCase() === 'none') return noLabel;
  return text.split(',').map((part) => {
    const [low, high = low] = part.split('-').map(parseLabel);
    if (part.split('-').length > 2 || Number.isNaN(low + high) || low > high) {
      throw new Error(
        `labels are whole numbers, ranges or colours, such as 1, 1-20 or #ff0000, got '${part.trim()}'`,
      );
    }
    return [low, high];
  });
}

function parseLabel(text: string): number {
  const label = text.trim();
  if (/^#[0-9a-f]{6}$/i.test(label)) return Number.parseInt(label.slice(1), 16);
  return /^\d{1,8}$/.test(label) ? Number(label) : Number.NaN;
}

/**
 * The labels as a set, with consecutive labels joined to ranges.
 * @param labels sorted
 */
export function labelSetOf(labels: readonly number[]): LabelSet {
  const ranges: [number, number][] = [];
  for (const label of labels) {
    const last = ranges.at(-1);
    if (last !== undefined && label === last[1] + 1) last[1] = label;
    else ranges.push([label, label]);
  }
  return ranges;
}

/** Most ranges in `labelText`; the rest is omitted. */
const shown = 8;

/**
 * A set as text, such as `1-20, 255`; 'none' if it is empty.
 * @param colours whether labels are `0xRRGGBB`
 */
export function labelText(set: LabelSet, colours = false): string {
  if (set.length === 0) return 'none';
  const name = (label: number): string => (colours ? `#${label.toString(16).padStart(6, '0')}` : `${label}`);
  const ranges = set
    .slice(0, shown)
    .map(([low, high]) =>
      low === high ? name(low) : `${name(low)}${high === low + 1 ? ', ' : '-'}${name(high)}`,
    );
  return `${ranges.join(', ')}${set.length > shown ? `, ... ${name((set.at(-1) as LabelSet[number])[1])}` : ''}`;
}
