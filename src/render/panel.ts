/** The parts that panels of figures consist of. */
import { type FloatMap, type Mask, type Picture, tensor } from '../tensor/tensor.ts';
import { percent } from '../text/percent.ts';
import { type ColormapName, colorize, colorTable, resolveRange } from './colormap.ts';
import { fitText, formatNumber, textWidth } from './font.ts';
import { hexColor, maskOutline, type Rgb } from './mask-picture.ts';
import type { Box, Medium } from './medium.ts';
import { enlargePixels, shrinkPixels, toRgb } from './resample.ts';
import { coordinate, element, text } from './svg.ts';

/** A class and its probability in [0, 1]. */
export interface Prediction {
  name: string;
  probability: number;
}

export interface Panel {
  title: string;
  /** One line below the title: text, or the scale of the colours. */
  note: string | ColorScale;
  /** Whether it fills its cell; other panels keep the image's aspect. */
  fills?: boolean;
  draw(box: Box): string;
}

/** The values of a coloured map, for a small colour bar. */
export interface ColorScale {
  low: number;
  high: number;
  colormap: ColormapName;
  /** The part of the colour map that is used from low to high, in [0, 1]. */
  from: number;
  to: number;
}

/**
 * Pictures are embedded with about this many pixels on their longer side: 400 dots per inch in a two-column
 * print.
 */
const embeddedSide = 320;

function atSize(picture: Picture): Picture {
  return shrinkPixels(enlargePixels(picture, embeddedSide), embeddedSide);
}

/**
 * How a map is coloured: diverging around zero if both signs occur, else from its smallest to its largest
 * value.
 */
export function colorScale(map: FloatMap): ColorScale {
  const [low, high] = resolveRange(map);
  if (!(low < 0 && high > 0)) return { low, high, colormap: 'magma', from: 0, to: 1 };
  const m = Math.max(-low, high);
  return { low, high, colormap: 'bluered', from: (low / m + 1) / 2, to: (high / m + 1) / 2 };
}

export function colorMap(map: FloatMap, { low, high, colormap }: ColorScale): Picture {
  const m = Math.max(-low, high);
  if (colormap === 'bluered') return colorize(map, { colormap, range: [-m, m] });
  return colorize(map, { colormap, range: low < high ? [low, high] : 'minmax' });
}

/** A picture in its frame, with SVG over it. */
export function framed(
  medium: Medium,
  content: () => Picture,
  over: (box: Box) => string = () => '',
): Panel['draw'] {
  return (box) => medium.place(medium.scales ? content() : atSize(content()), box) + over(box) + frame(box);
}

/** The border of a mask, over a picture of its size. */
export function outlineOf(mask: Mask, color: Rgb): (box: Box) => string {
  const [height, width] = mask.shape;
  return (box) =>
    element('path', {
      d: maskOutline(mask, box.left, box.top, box.width / width, box.height / height),
      fill: 'none',
      stroke: hexColor(color),
      'stroke-width': 1.3,
      'stroke-linecap': 'square',
    });
}

export function frame(box: Box): string {
  return element('rect', {
    x: box.left,
    y: box.top,
    width: box.width,
    height: box.height,
    fill: 'none',
    stroke: '#8a8d91',
    'stroke-width': 0.75,
  });
}

export function countOf({ data }: Mask): number {
  let count = 0;
  for (let i = 0; i < data.length; i++) if (data[i] !== 0) count++;
  return count;
}

export function percentOf(mask: Mask): string {
  return `${formatNumber((100 * countOf(mask)) / mask.data.length)} %`;
}

/** The kept pixels as they are, the others white: a cut-out. */
export function cutOut(result: Picture, kept: Mask): Picture {
  const { shape, data } = toRgb(result);
  const out = tensor('uint8', shape, data.slice());
  for (let i = 0; i < kept.data.length; i++) {
    if (kept.data[i] === 0) out.data.fill(255, 3 * i, 3 * i + 3);
  }
  return out;
}

export interface LegendEntry {
  readonly color: Rgb;
  readonly name: string;
  readonly outline?: boolean;
}

/**
 * Colours and their meanings, one a line, from the top of the box; then, if a map has both signs, the meaning
 * of blue and red.
 */
export function legend(
  entries: readonly LegendEntry[],
  maps: readonly FloatMap[],
  box: Box,
  medium: Medium,
): string {
  const pitch = 18;
  const parts = entries.map(({ color, name, outline }, i) => {
    const y = box.top + i * pitch;
    return (
      element('rect', {
        x: box.left + 0.65,
        y: y + 0.65,
        width: 11,
        height: 11,
        fill: outline ? '#ffffff' : hexColor(color),
        stroke: hexColor(color),
        'stroke-width': 1.3,
      }) + text(name, { x: box.left + 19, y: y + 10.5, 'font-size': 12, fill: '#333333' })
    );
  });
  if (maps.some((map) => colorScale(map).colormap === 'bluered')) {
    const y = box.top + entries.length * pitch + 4;
    const label = { y: y + 10, 'font-size': 12, fill: '#333333' };
    const start = box.left + textWidth('against', 12) + 8;
    parts.push(
      text('against', { ...label, x: box.left }),
      colorBar(
        { low: -1, high: 1, colormap: 'bluered', from: 0, to: 1 },
        { left: start, top: y + 2, width: 36, height: 8 },
        medium,
      ),
      text('for the class', { ...label, x: start + 36 + 6 }),
    );
  }
  return parts.join('');
}

function colorBar(scale: ColorScale, box: Box, medium: Medium): string {
  const table = colorTable(scale.colormap);
  const strip = tensor('uint8', [1, 128, 3]);
  for (let i = 0; i < 128; i++) {
    const color = Math.round(255 * (scale.from + ((scale.to - scale.from) * i) / 127));
    strip.data.set(table.subarray(3 * color, 3 * color + 3), 3 * i);
  }
  const { left: x, top: y, width, height } = box;
  return (
    medium.place(strip, box) +
    element('rect', { x, y, width, height, fill: 'none', stroke: '#8a8d91', 'stroke-width': 0.6 })
  );
}

/** The line below a panel's title: text, or smallest value, colour bar with a mark at zero, largest value. */
export function panelNote(
  note: string | ColorScale,
  left: number,
  baseline: number,
  width: number,
  medium: Medium,
): string {
  const style = { y: baseline, 'font-size': 12, fill: '#5f6368' };
  if (typeof note === 'string') {
    const fitted = fitText(note, width, 12, 10);
    return text(fitted.content, { ...style, x: left, 'font-size': fitted.size });
  }
  const [low, high] = [formatNumber(note.low), formatNumber(note.high)];
  if (note.low === note.high) return text(`${low} everywhere`, { ...style, x: left });
  const start = left + textWidth(low, 12) + 6;
  const length = 54;
  const parts = [
    text(low, { ...style, x: left }),
    colorBar(note, { left: start, top: baseline - 8, width: length, height: 7 }, medium),
    text(high, { ...style, x: start + length + 6 }),
  ];
  if (note.low < 0 && note.high > 0) {
    const zero = start + (length * -note.low) / (note.high - note.low);
    parts.push(
      element('path', {
        d: `M${coordinate(zero)} ${coordinate(baseline - 9.5)}v10`,
        stroke: '#222222',
        'stroke-width': 0.9,
      }),
    );
  }
  return parts.join('');
}

/** Classes with their probabilities as bars: the name above, the bar and the percentage below. */
export function predictionBars(predictions: readonly Prediction[], box: Box): string {
  const pitch = Math.min(30, box.height / Math.max(predictions.length, 1));
  const longest = box.width - 42;
  return predictions
    .map(({ name, probability }, i) => {
      const y = box.top + i * pitch;
      const weight = i === 0 ? 600 : 400;
      const fitted = fitText(name, box.width, 12, 9.5, weight);
      return (
        text(fitted.content, {
          x: box.left,
          y: y + 11,
          'font-size': fitted.size,
          'font-weight': weight === 600 ? 600 : undefined,
          fill: '#222222',
        }) +
        element('rect', {
          x: box.left,
          y: y + 15.5,
          width: Math.max(longest * probability, 1),
          height: 6,
          fill: i === 0 ? '#3b6ea5' : '#a9bdd3',
        }) +
        text(percent(probability), {
          x: box.left + Math.max(longest * probability, 1) + 5,
          y: y + 22,
          'font-size': 10.5,
          fill: '#5f6368',
        })
      );
    })
    .join('');
}
