/**
 * Random colours, drawn in the perceptually uniform space OKLCH (Ottosson, "A perceptual color space", 2020).
 */
import type { Random } from '../../tensor/random.ts';

/** sRGB, each 0 to 255. */
export type Colour = readonly [r: number, g: number, b: number];

/** OKLCH: lightness [0, 1], chroma (0 grey to about 0.3), hue in radians. */
export interface Lch {
  readonly lightness: number;
  readonly chroma: number;
  readonly hue: number;
}

/** Draws a colour that is not very dark, very light or very saturated. */
export function drawLch(random: Random): Lch {
  return {
    lightness: random.uniform(0.28, 0.93),
    chroma: 0.19 * Math.sqrt(random.next()),
    hue: random.uniform(0, 2 * Math.PI),
  };
}

/** Draws a related colour: nearly the same hue, clearly lighter or darker. */
export function drawRelated({ lightness, chroma, hue }: Lch, random: Random): Lch {
  const step = random.uniform(0.12, 0.28);
  const up = lightness < 0.45 || (lightness < 0.75 && random.next() < 0.5);
  return {
    lightness: lightness + (up ? step : -step),
    chroma: chroma * random.uniform(0.6, 1.2),
    hue: hue + random.uniform(-0.5, 0.5),
  };
}

/** Converts to sRGB, clipped to its range. */
export function toColour({ lightness, chroma, hue }: Lch): Colour {
  const a = chroma * Math.cos(hue);
  const b = chroma * Math.sin(hue);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    encode(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    encode(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    encode(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

/** Linear light to sRGB's curve, 0 to 255. */
function encode(value: number): number {
  const v = Math.min(1, Math.max(0, value));
  return 255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055);
}

/** Approximate perceptual distance of two colours: the weighted "redmean" difference, 0 to about 765. */
export function colourDistance(p: Colour, q: Colour): number {
  const mean = (p[0] + q[0]) / 2;
  const [r, g, b] = [p[0] - q[0], p[1] - q[1], p[2] - q[2]];
  return Math.sqrt((2 + mean / 256) * r * r + 4 * g * g + (2 + (255 - mean) / 256) * b * b);
}
