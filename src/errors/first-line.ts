/** The first line of what was thrown: libraries and engines often say more than fits a line. */
export function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n', 1)[0];
}
