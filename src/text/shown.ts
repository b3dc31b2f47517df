/** A value from outside, for an error's text: objects as JSON, long values shortened. */
export function shown(value: unknown, most = 60): string {
  const text = typeof value === 'object' && value !== null ? (json(value) ?? 'nothing') : String(value);
  return text.length > most ? `${text.slice(0, most)}...` : text;
}

/** `shown` for a value from JSON: a text in quotes, a missing value as `nothing`. */
export function shownJson(value: unknown, most = 60): string {
  return shown(json(value) ?? 'nothing', most);
}

function json(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value); // JSON has neither NaN nor Infinity
  try {
    return JSON.stringify(value);
  } catch {
    // A cyclic object, or a bigint.
    return String(value);
  }
}
