/** Collages: pictures composed of several pictures. */
import type { Random } from '../../tensor/random.ts';
import type { Tensor } from '../../tensor/tensor.ts';

/** A picture in a collage: reduced by an integer factor, its corner placed on a grid of two-pixel steps. */
export interface Placed {
  /** Index among the available pictures. */
  readonly picture: number;
  readonly factor: number;
  readonly top: number;
  readonly left: number;
}

/**
 * Lays out a collage: four pictures in quarters, nine in ninths, or one picture with one or two small ones
 * anywhere on it, with sides of a half to a quarter. Later pictures cover earlier ones.
 * @param count number of available pictures to draw from
 * @param steps height and width of the collage in steps of two pixels
 */
export function drawCollage(count: number, steps: number, draw: Random): Placed[] {
  const order = draw.shuffle([...Array(count).keys()]);
  const kind = draw.integer(3);
  if (kind < 2) {
    const factor = kind + 2;
    const side = Math.floor(steps / factor);
    return Array.from({ length: factor * factor }, (_, i) => ({
      picture: order[i % count],
      factor,
      top: Math.floor(i / factor) * side,
      left: (i % factor) * side,
    }));
  }
  const small = Array.from({ length: 1 + draw.integer(2) }, (_, i) => {
    const factor = 2 + draw.integer(3);
    const room = steps - Math.floor(steps / factor) + 1;
    return { picture: order[(i + 1) % count], factor, top: draw.integer(room), left: draw.integer(room) };
  });
  return [{ picture: order[0], factor: 1, top: 0, left: 0 }, ...small];
}

/**
 * Reduces a picture and writes it into another of its size. Each pixel is the mean of factor x factor pixels.
 * @param from `[H, W, C]`
 * @param to the same shape
 * @param step pixels per step of `placed`
 */
export function place(
  from: Tensor<'float32'>,
  to: Tensor<'float32'>,
  { factor, top, left }: Placed,
  step: number,
): void {
  const [height, width, channels] = from.shape;
  const along = (length: number): number =>
    factor === 1 ? length : Math.floor(length / step / factor) * step;
  const [rows, columns] = [along(height), along(width)];
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const at = ((top * step + y) * width + left * step + x) * channels;
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let dy = 0; dy < factor; dy++) {
          for (let dx = 0; dx < factor; dx++) {
            sum += from.data[((y * factor + dy) * width + x * factor + dx) * channels + c];
          }
        }
        to.data[at + c] = sum / (factor * factor);
      }
    }
  }
}
