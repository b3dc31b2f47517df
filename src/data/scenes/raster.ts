/** Rasterises outlines: how much of every pixel they cover. */
import type { Outlines } from './shapes.ts';

/**
 * Coverage in [0, 1] of a square picture's pixels, float32, row-major; 0 outside the box `[x0, x1) x [y0,
 * y1)`.
 */
export interface Coverage {
  readonly size: number;
  readonly data: Float32Array;
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** Scan lines per pixel row. Coverage along the row is exact. */
const lines = 4;

/**
 * Fills outlines by the non-zero rule, antialiased. Pixel (i, j) is the square from (i, j) to (i + 1, j + 1).
 * @param size height and width of the picture in pixels; outlines are clipped to it
 */
export function fill(outlines: Outlines, size: number): Coverage {
  const edges = outlines.flatMap((outline) =>
    outline.map(([x, y], i) => {
      const [nx, ny] = outline[(i + 1) % outline.length];
      return {
        x,
        y,
        slope: (nx - x) / (ny - y),
        top: Math.min(y, ny),
        bottom: Math.max(y, ny),
        way: Math.sign(ny - y),
      };
    }),
  );
  const inside = (value: number): number => Math.min(size, Math.max(0, value));
  const points = outlines.flat();
  const y0 = inside(Math.floor(Math.min(...points.map((point) => point[1]))));
  const y1 = inside(Math.ceil(Math.max(...points.map((point) => point[1]))));
  const x0 = inside(Math.floor(Math.min(...points.map((point) => point[0]))));
  const x1 = inside(Math.ceil(Math.max(...points.map((point) => point[0]))));
  const data = new Float32Array(size * size);
  for (let line = y0 * lines; line < y1 * lines; line++) {
    const y = (line + 0.5) / lines;
    const crossings = edges
      .filter((edge) => edge.top <= y && y < edge.bottom)
      .map((edge) => ({ x: edge.x + (y - edge.y) * edge.slope, way: edge.way }))
      .sort((a, b) => a.x - b.x);
    const row = Math.floor(line / lines) * size;
    let winding = 0;
    for (let i = 0; i + 1 < crossings.length; i++) {
      winding += crossings[i].way;
      if (winding !== 0) addSpan(data, row, inside(crossings[i].x), inside(crossings[i + 1].x));
    }
  }
  return { size, data, x0, y0, x1, y1 };
}

function addSpan(data: Float32Array, row: number, from: number, to: number): void {
  const first = Math.floor(from);
  const last = Math.floor(to);
  if (first === last) {
    if (to > from) data[row + first] += (to - from) / lines;
    return;
  }
  data[row + first] += (first + 1 - from) / lines;
  for (let x = first + 1; x < last; x++) data[row + x] += 1 / lines;
  if (to > last) data[row + last] += (to - last) / lines;
}

/**
 * A soft shadow: the coverage blurred by two box means of `2 radius + 1` pixels per axis, and moved by whole
 * pixels.
 */
export function shadow(coverage: Coverage, radius: number, dx: number, dy: number): Coverage {
  const { size } = coverage;
  const inside = (value: number): number => Math.min(size, Math.max(0, value));
  const box = {
    x0: inside(coverage.x0 + dx - 2 * radius),
    y0: inside(coverage.y0 + dy - 2 * radius),
    x1: inside(coverage.x1 + dx + 2 * radius),
    y1: inside(coverage.y1 + dy + 2 * radius),
  };
  let data = new Float32Array(size * size);
  for (let y = Math.max(box.y0, dy); y < Math.min(box.y1, size + dy); y++) {
    for (let x = Math.max(box.x0, dx); x < Math.min(box.x1, size + dx); x++) {
      data[y * size + x] = coverage.data[(y - dy) * size + x - dx];
    }
  }
  for (let pass = 0; pass < 2; pass++) {
    data = boxMean(data, size, box.y0, box.y1, size, box.x0, box.x1, 1, radius);
    data = boxMean(data, 1, box.x0, box.x1, size, box.y0, box.y1, size, radius);
  }
  return { size, data, ...box };
}

/**
 * Running means along one axis (pixel stride `along`) for every line of the other (stride `across`) in the
 * box.
 */
function boxMean(
  data: Float32Array,
  across: number,
  acrossFrom: number,
  acrossTo: number,
  size: number,
  from: number,
  to: number,
  along: number,
  radius: number,
): Float32Array<ArrayBuffer> {
  const out = new Float32Array(data.length);
  for (let line = acrossFrom; line < acrossTo; line++) {
    const start = line * across;
    let sum = 0;
    for (let i = Math.max(0, from - radius); i < Math.min(size, from + radius); i++)
      sum += data[start + i * along];
    for (let i = from; i < to; i++) {
      if (i + radius < size) sum += data[start + (i + radius) * along];
      out[start + i * along] = sum / (2 * radius + 1);
      if (i - radius >= 0) sum -= data[start + (i - radius) * along];
    }
  }
  return out;
}
