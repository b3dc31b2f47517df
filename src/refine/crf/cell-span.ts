/** The pixels of a grid cell along one axis, from (included) to (excluded); at least one pixel. */
export function cellSpan(cell: number, cells: number, pixels: number): [number, number] {
  const from = Math.min(Math.floor((cell * pixels) / cells), pixels - 1);
  return [from, Math.max(Math.floor(((cell + 1) * pixels) / cells), from + 1)];
}
