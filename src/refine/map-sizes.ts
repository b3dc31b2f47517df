/** What the sizes of two maps and of their picture say: what cannot be meant, and what is unlikely. */

export interface Sized {
  /** In the words of whoever is told, usually the file's name. */
  readonly name: string;
  readonly height: number;
  readonly width: number;
}

/** How far proportions may be off: networks round sizes to multiples of 32 pixels, or 16. */
const tolerance = Math.log(1.05);

/**
 * Checks sizes that must go together. A square map goes with any picture: it is squashed to a square for most networks.
 * @returns what is unlikely, a line each
 * @throws when the low-res map is the larger one, or a map lies across its picture: its height and width are swapped
 */
export function checkMapSizes(picture: Sized, low: Sized, high: Sized): string[] {
  checkLarger(low, high);
  // Across a square picture nothing can lie; the two maps can across each other.
  const notes = [
    ...checkProportions(high, picture),
    ...checkProportions(low, isSquare(picture) ? high : picture),
  ];
  if (low.height > high.height || low.width > high.width) {
    notes.push(`${say(low)} is larger than ${say(high)} along one side; the low-res map comes with --low`);
  }
  return notes;
}

/** @throws when the low-res map is higher and wider than the high-res one */
export function checkLarger(low: Sized, high: Sized): void {
  if (low.height <= high.height || low.width <= high.width) return;
  throw new Error(`${say(low)} is larger than ${say(high)}: are the low-res and the high-res map exchanged?`);
}

function checkProportions(map: Sized, reference: Sized): string[] {
  if (isSquare(map)) return [];
  const [ratio, wanted] = [map, reference].map(({ height, width }) => Math.log(width / height));
  const turned = { ...map, height: map.width, width: map.height };
  const isExact = turned.height === reference.height && turned.width === reference.width;
  // Nearer to the swapped proportions than to a square, which other networks take.
  const isTurned =
    fits(turned, reference) && !fits(map, reference) && Math.abs(ratio + wanted) < Math.abs(ratio);
  if (isExact || isTurned) {
    throw new Error(
      `${say(map)} lies across ${say(reference)}: its height and width are swapped; use its transpose`,
    );
  }
  if (fits(map, reference) && ratio * wanted >= 0) return [];
  return [`${say(map)} has other proportions than ${say(reference)}; it is stretched over the picture`];
}

function isSquare({ height, width }: Sized): boolean {
  return height === width;
}

/** Whether a map has a picture's proportions, but for a cell more or less, or the tolerance. */
function fits({ height, width }: Sized, picture: Sized): boolean {
  const wanted = picture.width / picture.height;
  const byCells = width - 1 <= wanted * (height + 1) && width + 1 >= wanted * (height - 1);
  return byCells || Math.abs(Math.log(width / height / wanted)) <= tolerance;
}

function say({ name, height, width }: Sized): string {
  return `${name} [${height}, ${width}]`;
}
