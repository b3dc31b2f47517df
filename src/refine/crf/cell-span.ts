/** A grid laid over pixels: the pixels of a cell along one axis, at least one: from, to. */
export function cellSpan(cell: number, cells: number, pixels: number): [number, number] {
  const from = Math.min(Math.floor((cell * pixels) / cells), pixels - 1);
  return [from, Math.max(Math.floor(((cell + 1) * pixels) / cells), from + 1)];
}
