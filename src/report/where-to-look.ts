/** Where a map is strongest, in words. */
import type { Tensor } from '../tensor/tensor.ts';
import { percent } from '../text/percent.ts';

/** Places of the window along each side. */
const steps = 16;
/** Height and width of the window, in steps: an eighth of the side. */
const side = 2;
/** A second place has at least this share of the strength of the first, */
const leastStrength = 0.75;
/** and somewhere between the two the strength falls below this share of its own. */
const dip = 0.6;

interface Place {
  readonly x: number;
  readonly y: number;
  readonly strength: number;
}

/**
 * The place where the mean of the map over a window of an eighth of each side is highest, and a second place
 * that is nearly as strong,
 * if there is one apart from it.
 * @param levels the map, uint8 `[H, W]`, 0 nothing to 255 strongest
 * @returns such as `upper left, 13 % across and 6 % down`: from the left and the top edge, in percent of the
 * sides
 */
export function whereToLook(levels: Tensor<'uint8'>): string {
  const places = placesOf(levels).sort((a, b) => b.strength - a.strength);
  const [first] = places;
  if (first.strength === 0) return 'nowhere: the map is flat';
  const second = places.find(
    (place) =>
      place.strength >= leastStrength * first.strength &&
      leastBetween(places, first, place) < dip * place.strength,
  );
  return second === undefined ? inWords(first) : `${inWords(first)}; also ${inWords(second)}`;
}

/** The lowest strength on the straight line between two places. */
function leastBetween(places: readonly Place[], a: Place, b: Place): number {
  const length = Math.max(Math.abs(b.x - a.x), Math.abs(b.y - a.y));
  const strengths = Array.from({ length }, (_, i) => {
    const [x, y] = [a.x + (i / length) * (b.x - a.x), a.y + (i / length) * (b.y - a.y)].map(Math.round);
    return places.find((place) => place.x === x && place.y === y)?.strength ?? 0;
  });
  return Math.min(...strengths);
}

/** The means over all places of the window. */
function placesOf({ shape: [height, width], data }: Tensor<'uint8'>): Place[] {
  /** At least one pixel. */
  const span = (step: number, length: number): [from: number, to: number] => {
    const [from, to] = [step, step + side].map((edge) => Math.floor((edge * length) / steps));
    return [from, Math.max(to, from + 1)];
  };
  const places: Place[] = [];
  for (let y = 0; y <= steps - side; y++) {
    const [top, bottom] = span(y, height);
    for (let x = 0; x <= steps - side; x++) {
      const [left, right] = span(x, width);
      let sum = 0;
      for (let row = top; row < bottom; row++)
        for (let i = row * width + left; i < row * width + right; i++) sum += data[i];
      places.push({ x, y, strength: sum / ((bottom - top) * (right - left)) });
    }
  }
  return places;
}

function inWords({ x, y }: Place): string {
  const [across, down] = [x, y].map((step) => (step + side / 2) / steps);
  const third = (share: number, words: readonly string[]): string => words[Math.floor(share * 3)];
  const row = third(down, ['upper', 'middle', 'lower']);
  const column = third(across, ['left', 'centre', 'right']);
  const words = row === 'middle' && column === 'centre' ? 'centre' : `${row} ${column}`;
  return `${words}, ${percent(across, 0)} across and ${percent(down, 0)} down`;
}
