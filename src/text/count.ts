/** How many there are of something. */

/** `1 class`, `2000 classes`. */
export function count(n: number, one: string, many: string = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** As `count`, its thousands set apart: `2,000 classes`. */
export function groupedCount(n: number, one: string, many: string = `${one}s`): string {
  return `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
}
