/** The outlines of the classes of the synthetic scenes. */

/** x to the right, y downwards. */
export type Point = readonly [x: number, y: number];

/** Closed outlines, filled by the non-zero rule: holes have the opposite direction. */
export type Outlines = readonly (readonly Point[])[];

/**
 * The classes of the synthetic scenes: the shapes that `renderScene` draws. A data set of n classes uses
 * the first n.
 * @example
 * ```ts
 * import { shapeNames } from 'high-res-mapping';
 *
 * console.log(shapeNames.length); //=> 12
 * console.log(shapeNames.slice(0, 6).join(' ')); //=> disc square triangle star ring cross
 * ```
 */
export const shapeNames = [
  'disc',
  'square',
  'triangle',
  'star',
  'ring',
  'cross',
  'crescent',
  'heart',
  'arrow',
  'half-disc',
  'corner',
  'hourglass',
] as const;

/** The shape of a scene's object, which is its class. */
export type ShapeName = (typeof shapeNames)[number];

/**
 * The upright outlines of a shape, with the centroid at the origin. All shapes have the area of a disc of
 * diameter 1, pi / 4, so that an object's size does not reveal its class.
 */
export function shapeOutlines(name: ShapeName): Outlines {
  return normalised(outlines[name]());
}

/**
 * Scales by `scaleX` and `scaleY`, turns by `angle` radians clockwise as displayed, then moves to `centre`.
 */
export function placed(
  shape: Outlines,
  centre: Point,
  scaleX: number,
  scaleY: number = scaleX,
  angle: number = 0,
): Outlines {
  const sin = Math.sin(angle);
  const cos = Math.cos(angle);
  return shape.map((outline) =>
    outline.map(([x, y]): Point => {
      const u = x * scaleX;
      const v = y * scaleY;
      return [centre[0] + cos * u - sin * v, centre[1] + sin * u + cos * v];
    }),
  );
}

/** Smallest and largest x and y of the outlines: `[x0, y0, x1, y1]`. */
export function extent(shape: Outlines): [number, number, number, number] {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of shape.flat()) {
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
  }
  return box;
}

/** Points on an arc around (x, 0) from one angle to another, both included. */
function arc(radius: number, from: number, to: number, x = 0, steps = 72): Point[] {
  return Array.from({ length: steps + 1 }, (_, i): Point => {
    const angle = from + ((to - from) * i) / steps;
    return [x + radius * Math.cos(angle), radius * Math.sin(angle)];
  });
}

const turn = 2 * Math.PI;

const outlines: Record<ShapeName, () => Outlines> = {
  disc: () => [arc(1, 0, turn)],
  square: () => [corners(4, -Math.PI / 4)],
  triangle: () => [corners(3, -Math.PI / 2)],
  star: () => [
    Array.from({ length: 10 }, (_, i): Point => {
      const radius = i % 2 === 0 ? 1 : 0.42;
      const angle = (turn * i) / 10 - Math.PI / 2;
      return [radius * Math.cos(angle), radius * Math.sin(angle)];
    }),
  ],
  ring: () => [arc(1, 0, turn), arc(0.55, turn, 0)],
  cross: () => {
    const w = 0.32;
    return [
      [
        [-w, -1],
        [w, -1],
        [w, -w],
        [1, -w],
        [1, w],
        [w, w],
        [w, 1],
        [-w, 1],
        [-w, w],
        [-1, w],
        [-1, -w],
        [-w, -w],
      ],
    ];
  },
  crescent: () => {
    // The unit disc minus a disc of radius r around (d, 0). The circles intersect at (x, y) and (x, -y).
    const [d, r] = [0.5, 0.8];
    const x = (1 + d * d - r * r) / (2 * d);
    const y = Math.sqrt(1 - x * x);
    const outer = Math.atan2(y, x);
    const inner = Math.atan2(y, x - d);
    return [[...arc(1, outer, turn - outer), ...arc(r, turn - inner, inner, d)]];
  },
  heart: () => [
    Array.from({ length: 96 }, (_, i): Point => {
      const t = (turn * i) / 96;
      const y = 13 * Math.cos(t) - 5 * Math.cos(2 * t) - 2 * Math.cos(3 * t) - Math.cos(4 * t);
      return [16 * Math.sin(t) ** 3, -y];
    }),
  ],
  arrow: () => [
    [
      [-1, -0.22],
      [0.05, -0.22],
      [0.05, -0.68],
      [1, 0],
      [0.05, 0.68],
      [0.05, 0.22],
      [-1, 0.22],
    ],
  ],
  'half-disc': () => [arc(1, 0, Math.PI)],
  corner: () => [
    [
      [-1, -1],
      [-0.36, -1],
      [-0.36, 0.36],
      [1, 0.36],
      [1, 1],
      [-1, 1],
    ],
  ],
  hourglass: () => [
    [
      [-0.72, -1],
      [0.72, -1],
      [0.14, 0],
      [0.72, 1],
      [-0.72, 1],
      [-0.14, 0],
    ],
  ],
};

function corners(n: number, first: number): Point[] {
  return arc(1, first, first + (turn * (n - 1)) / n, 0, n - 1);
}

function normalised(shape: Outlines): Outlines {
  let [area, cx, cy] = [0, 0, 0];
  for (const outline of shape) {
    outline.forEach(([x, y], i) => {
      const [nx, ny] = outline[(i + 1) % outline.length];
      const cross = x * ny - nx * y;
      area += cross / 2;
      cx += ((x + nx) * cross) / 6;
      cy += ((y + ny) * cross) / 6;
    });
  }
  const scale = Math.sqrt(Math.PI / 4 / Math.abs(area));
  return placed(shape, [(-cx / area) * scale, (-cy / area) * scale], scale);
}
