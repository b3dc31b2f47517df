/** Textures: two colours, and their mixture at every pixel. */
import type { Random } from '../../tensor/random.ts';
import { type Colour, drawLch, drawRelated, toColour } from './colours.ts';

/** A texture of two colours. */
export interface Texture {
  readonly first: Colour;
  readonly second: Colour;
  /** Share of the second colour, [0, 1], at a pixel. */
  mix(x: number, y: number): number;
}

/** A smooth random field in [0, 1] over the plane. */
export type Field = (x: number, y: number) => number;

/**
 * Value noise: random numbers on a lattice, smoothly interpolated, in octaves of half the spacing and half
 * the weight.
 * @param width lattice spacing of the first octave, in pixels
 */
export function valueNoise(random: Random, width: number, octaves: number): Field {
  const seeds = Array.from({ length: octaves }, () => random.integer(2 ** 32));
  const total = 2 - 2 ** (1 - octaves);
  return (x, y) => {
    let value = 0;
    let weight = 1 / total;
    let scale = 1 / width;
    for (const seed of seeds) {
      value += weight * lattice(x * scale, y * scale, seed);
      weight /= 2;
      scale *= 2;
    }
    return value;
  };
}

function lattice(x: number, y: number, seed: number): number {
  const ix = Math.floor(x);
  const iy = Math.floor(y);
  const u = smooth(x - ix);
  const v = smooth(y - iy);
  const top = hash(ix, iy, seed) * (1 - u) + hash(ix + 1, iy, seed) * u;
  const bottom = hash(ix, iy + 1, seed) * (1 - u) + hash(ix + 1, iy + 1, seed) * u;
  return top * (1 - v) + bottom * v;
}

/** Smoothstep: 0 at 0, 1 at 1, with zero slope at both ends. */
function smooth(t: number): number {
  return t * t * (3 - 2 * t);
}

/** A number in [0, 1) from a lattice point: the finaliser of MurmurHash3. */
function hash(x: number, y: number, seed: number): number {
  let h = Math.imul(x, 0x27d4eb2f) ^ Math.imul(y, 0x165667b1) ^ seed;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 4294967296;
}

/** A linear step from 0 to 1 around `t` = 0, `slope` wide. */
function edge(t: number, slope: number): number {
  return Math.min(1, Math.max(0, 0.5 + t / slope));
}

/** Draws a texture of one kind, for a picture of `size` pixels. */
type Kind = (random: Random, size: number) => Field;

/** Coordinates rotated by a random angle. */
function turned(random: Random): (x: number, y: number) => [number, number] {
  const angle = random.uniform(0, 2 * Math.PI);
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  return (x, y) => [cos * x + sin * y, cos * y - sin * x];
}

/** A triangle wave of period 1, -0.25 to 0.25. */
function wave(t: number): number {
  return Math.abs(t - Math.floor(t) - 0.5) - 0.25;
}

const plain: Kind = (random, size) => {
  const noise = valueNoise(random, size / 4, 2);
  return (x, y) => 0.3 * noise(x, y);
};

const gradient: Kind = (random, size) => {
  const at = turned(random);
  const length = size * random.uniform(0.3, 0.7);
  const start = random.uniform(0, length);
  return (x, y) => {
    // Back and forth, so that every part of the picture has some of both colours.
    const t = (at(x, y)[0] + start) / length;
    return smooth(2 * Math.abs(t / 2 - Math.floor(t / 2) - 0.5));
  };
};

const noise: Kind = (random, size) => {
  const field = valueNoise(random, size * random.uniform(0.05, 0.16), 3);
  const contrast = random.uniform(1.2, 2.5);
  return (x, y) => Math.min(1, Math.max(0, 0.5 + contrast * (field(x, y) - 0.5)));
};

const stripes: Kind = (random, size) => {
  const at = turned(random);
  const period = size * random.uniform(0.045, 0.11);
  const bend = valueNoise(random, size / 4, 1);
  const bent = random.next() < 0.5 ? random.uniform(0.5, 1.5) : 0;
  return (x, y) => edge(wave(at(x, y)[0] / period + bent * bend(x, y)) * period, 1.2);
};

const checks: Kind = (random, size) => {
  const at = turned(random);
  const period = size * random.uniform(0.06, 0.13);
  return (x, y) => {
    const [u, v] = at(x, y);
    const a = edge(wave(u / period) * period, 1.2);
    const b = edge(wave(v / period) * period, 1.2);
    return a + b - 2 * a * b;
  };
};

const dots: Kind = (random, size) => {
  const at = turned(random);
  const period = size * random.uniform(0.06, 0.12);
  const radius = period * random.uniform(0.22, 0.36);
  return (x, y) => {
    const [u, v] = at(x, y);
    const row = Math.floor(v / period);
    const shifted = u / period + (row % 2 === 0 ? 0 : 0.5);
    const du = (shifted - Math.floor(shifted) - 0.5) * period;
    const dv = (v / period - row - 0.5) * period;
    return edge(radius - Math.sqrt(du * du + dv * dv), 1.2);
  };
};

const grain: Kind = (random) => {
  const seed = random.integer(2 ** 32);
  return (x, y) => hash(Math.floor(x), Math.floor(y), seed) * 0.6;
};

const cells: Kind = (random, size) => {
  // Bands of a noise field, like agate or camouflage.
  const field = valueNoise(random, size * random.uniform(0.12, 0.25), 2);
  const bands = random.uniform(3, 6);
  const width = size * 0.1;
  return (x, y) => edge((wave(field(x, y) * bands) * width) / bands, 2);
};

const kinds: readonly Kind[] = [plain, plain, gradient, noise, stripes, checks, dots, grain, cells];

/** Draws a texture of any kind in two colours, which are related with probability 0.67. */
export function drawTexture(random: Random, size: number): Texture {
  const kind = kinds[random.integer(kinds.length)];
  const lch = drawLch(random);
  const other = random.next() < 0.67 ? drawRelated(lch, random) : drawLch(random);
  return { first: toColour(lch), second: toColour(other), mix: kind(random, size) };
}
