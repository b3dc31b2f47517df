/** Checks the sizes of two maps and of their picture: impossible combinations and unlikely ones. */

export interface Sized {
  /** Name in messages, usually the file's. */
  readonly name: string;
  readonly height: number;
  readonly width: number;
}

/** Tolerance of proportions: networks round sizes to multiples of 32 pixels, or 16. */
const tolerance = Math.log(1.05);

/**
 * Checks that sizes match. A square map matches any picture: most networks squash pictures to a square.
 * @returns what is unlikely, a line each
 * @throws when the low-res map is larger than the high-res map, or a map has height and width swapped
 * relative to its picture
 */
export function checkMapSizes(picture: Sized, low: Sized, high: Sized): string[] {
  checkLarger(low, high);
  // A square picture cannot have its sides swapped; but one of the two maps can, relative to the other.
  const notes = [
    ...checkProportions(high, picture),
    ...checkProportions(low, isSquare(picture) ? high : picture),
  ];
  if (low.height > high.height || low.width > high.width) {
    notes.push(`${say(low)} is larger than ${say(high)} along one side; the low-res map comes with --low`);
  }
  return notes;
}

/** @throws when the low-res map is both higher and wider than the high-res map */
export function checkLarger(low: Sized, high: Sized): void {
  if (low.height <= high.height || low.width <= high.width) return;
  throw new Error(`${say(low)} is larger than ${say(high)}: are the low-res and the high-res map exchanged?`);
}

function checkProportions(map: Sized, reference: Sized): string[] {
  if (isSquare(map)) return [];
  const [ratio, wanted] = [map, reference].map(({ height, width }) => Math.log(width / height));
  const turned = { ...map, height: map.width, width: map.height };
  const isExact = turned.height === reference.height && turned.width === reference.width;
  // Closer to the swapped proportions than to a square, which other networks use.
  const isSwapped =
    fits(turned, reference) && !fits(map, reference) && Math.abs(ratio + wanted) < Math.abs(ratio);
  if (isExact || isSwapped) {
    throw new Error(
      `${say(map)} has height and width swapped relative to ${say(reference)}; use its transpose`,
    );
  }
  if (fits(map, reference) && ratio * wanted >= 0) return [];
  return [`${say(map)} has other proportions than ${say(reference)}; it is stretched over the picture`];
}

function isSquare({ height, width }: Sized): boolean {
  return height === width;
}

/** Whether a map has a picture's proportions, up to one cell or the tolerance. */
function fits({ height, width }: Sized, picture: Sized): boolean {
  const wanted = picture.width / picture.height;
  const byCells = width - 1 <= wanted * (height + 1) && width + 1 >= wanted * (height - 1);
  return byCells || Math.abs(Math.log(width / height / wanted)) <= tolerance;
}

function say({ name, height, width }: Sized): string {
  return `${name} [${height}, ${width}]`;
}
