/** Arrows of horizontal and vertical lines with rounded corners. */
import { coordinate, element } from './svg.ts';

export type Point = readonly [x: number, y: number];

export interface ArrowOptions {
  /** Default '#5f6368'. */
  color?: string;
  /** Default true; false: a plain end, to join another line. */
  head?: boolean;
  /** Draws a white line beneath, which leaves a gap in lines that it crosses. Default false. */
  bridge?: boolean;
}

export const arrowColor = '#5f6368';
const lineWidth = 1.3;
const radius = 6;
const headLength = 7;
const headHalfWidth = 3.4;

/**
 * Draws an arrow through points, each horizontally or vertically in line with the previous one. The head's
 * tip is at the last point.
 * @throws (internal) with fewer than two points, or a slanted line
 */
export function arrow(points: readonly Point[], options: ArrowOptions = {}): string {
  const { color = arrowColor, head = true, bridge = false } = options;
  if (points.length < 2) throw new Error('internal: an arrow needs at least two points');
  const tip = points[points.length - 1];
  const before = points[points.length - 2];
  const [dx, dy] = direction(before, tip);
  const course = [...points];
  // The line ends inside the head: its blunt end must not show beside the tip.
  if (head) course[course.length - 1] = [tip[0] - dx * (headLength - 1), tip[1] - dy * (headLength - 1)];
  let d = `M${at(course[0])}`;
  for (let i = 1; i < course.length - 1; i++) {
    const [inX, inY] = direction(course[i - 1], course[i]);
    const [outX, outY] = direction(course[i], course[i + 1]);
    const r = Math.min(
      radius,
      distance(course[i - 1], course[i]) / 2,
      distance(course[i], course[i + 1]) / 2,
    );
    const corner = course[i];
    d += `L${at([corner[0] - inX * r, corner[1] - inY * r])}Q${at(corner)} ${at([corner[0] + outX * r, corner[1] + outY * r])}`;
  }
  d += `L${at(course[course.length - 1])}`;
  const line = { d, fill: 'none', 'stroke-linejoin': 'round' };
  const parts = [element('path', { ...line, stroke: color, 'stroke-width': lineWidth })];
  if (bridge) parts.unshift(element('path', { ...line, stroke: '#ffffff', 'stroke-width': 6 }));
  if (head) {
    const base: Point = [tip[0] - dx * headLength, tip[1] - dy * headLength];
    const side: Point = [dy * headHalfWidth, dx * headHalfWidth];
    parts.push(
      element('path', {
        d: `M${at(tip)}L${at([base[0] + side[0], base[1] + side[1]])}L${at([base[0] - side[0], base[1] - side[1]])}Z`,
        fill: color,
      }),
    );
  }
  return parts.join('');
}

function at(point: Point): string {
  return `${coordinate(point[0])} ${coordinate(point[1])}`;
}

function distance(from: Point, to: Point): number {
  return Math.abs(to[0] - from[0]) + Math.abs(to[1] - from[1]);
}

function direction(from: Point, to: Point): Point {
  if (from[0] !== to[0] && from[1] !== to[1]) {
    throw new Error(`internal: an arrow runs from [${from}] to [${to}], neither across nor down`);
  }
  return [Math.sign(to[0] - from[0]), Math.sign(to[1] - from[1])];
}
