/** Outlines of clutter, which have no class: irregular blobs, shards, twigs and bars. */
import type { Random } from '../../tensor/random.ts';
import type { Outlines, Point } from './shapes.ts';

/** Draws an outline around the origin, about `length` pixels across. */
type Draw = (random: Random, length: number) => Outlines;

/**
 * A smooth lumpy curve: r(angle) is a constant plus waves of 2 to 5 periods, strong enough to rule out a
 * disc.
 */
const blob: Draw = (random, length) => {
  const waves = [2, 3, 4, 5].map((periods) => ({
    periods,
    height: random.uniform(0.12, 0.3) / Math.sqrt(periods - 1),
    phase: random.uniform(0, 2 * Math.PI),
  }));
  const squeeze = random.uniform(0.55, 0.9);
  return [
    closed(56, (angle) => {
      const r =
        (length / 2.6) * waves.reduce((sum, w) => sum + w.height * Math.cos(w.periods * angle + w.phase), 1);
      return [r * Math.cos(angle), squeeze * r * Math.sin(angle)];
    }),
  ];
};

/** A jagged flake of seven to ten corners at irregular angles and distances. */
const shard: Draw = (random, length) => {
  const corners = 7 + random.integer(4);
  return [
    Array.from({ length: corners }, (_, i): Point => {
      const angle = ((i + random.uniform(-0.35, 0.35)) / corners) * 2 * Math.PI;
      const r = (length / 2) * random.uniform(0.45, 1);
      return [r * Math.cos(angle), 0.75 * r * Math.sin(angle)];
    }),
  ];
};

/** A thick winding line, thinner towards its end. */
const twig: Draw = (random, length) => {
  const steps = 28;
  const width = length * random.uniform(0.05, 0.11);
  const bends = [1, 2, 3].map((periods) => ({
    turns: periods * random.uniform(0.6, 1.2),
    height: (length * random.uniform(0.1, 0.24)) / periods,
    phase: random.uniform(0, 2 * Math.PI),
  }));
  const at = (t: number): Point => [
    length * 1.3 * (t - 0.5),
    bends.reduce((sum, b) => sum + b.height * Math.sin(2 * Math.PI * b.turns * t + b.phase), 0),
  ];
  return [ribbon(steps, at, (t) => width * (1 - 0.6 * t))];
};

/** A long straight strip that runs through much of the picture. */
const bar: Draw = (random, length) => {
  const width = length * random.uniform(0.05, 0.12);
  const taper = random.uniform(-0.4, 0.4);
  return [
    ribbon(
      1,
      (t) => [length * 3 * (t - 0.5), 0],
      (t) => width * (1 + taper * (t - 0.5)),
    ),
  ];
};

const kinds: readonly Draw[] = [blob, blob, shard, twig, bar];

/**
 * Draws an outline of clutter around the origin, upright; `length` is about its longer side in pixels (bars
 * are longer).
 */
export function drawClutter(random: Random, length: number): Outlines {
  return kinds[random.integer(kinds.length)](random, length);
}

function closed(steps: number, at: (angle: number) => Point): Point[] {
  return Array.from({ length: steps }, (_, i) => at((2 * Math.PI * i) / steps));
}

/** The outline of a line of varying half-width along the curve `at(t)`, t from 0 to 1. */
function ribbon(steps: number, at: (t: number) => Point, halfWidth: (t: number) => number): Point[] {
  const sides: [Point[], Point[]] = [[], []];
  for (let i = 0; i <= steps; i++) {
    const t = i / steps;
    const [x, y] = at(t);
    const [ax, ay] = at(t - 0.001);
    const [bx, by] = at(t + 0.001);
    const norm = Math.hypot(bx - ax, by - ay);
    const w = halfWidth(t) / 2;
    const [nx, ny] = [(-(by - ay) / norm) * w, ((bx - ax) / norm) * w];
    sides[0].push([x + nx, y + ny]);
    sides[1].push([x - nx, y - ny]);
  }
  return [...sides[0], ...sides[1].reverse()];
}
