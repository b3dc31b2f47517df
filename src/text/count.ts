/** Numbers with a noun. */

/** `1 class`, `2000 classes`. */
export function count(n: number, one: string, many: string = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** `count` with grouped thousands: `2,000 classes`. */
export function groupedCount(n: number, one: string, many: string = `${one}s`): string {
  return `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
}
