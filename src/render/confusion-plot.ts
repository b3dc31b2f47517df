/**
 * A confusion matrix as SVG for a page: blue for right predictions, red for wrong ones, text in the page's
 * colour.
 */
import { tensor } from '../tensor/tensor.ts';
import { percent } from '../text/percent.ts';
import { hexColor, type Rgb } from './mask-picture.ts';
import { fitPageText, pageTextWidth } from './page-text.ts';
import { coordinate, element, escapeXml, pngDataUri, text } from './svg.ts';

const rightColor: Rgb = [47, 111, 208];
const wrongColor: Rgb = [209, 73, 91];
/**
 * The lowest opacity of a cell with images; it rises to 1 with the share. Small cells need more to be
 * visible.
 */
const faintest = { cell: 0.1, pixel: 0.4 };
/** With more classes than this, counts and names are left out, and each cell is a pixel of a picture. */
export const mostNamed = 40;

/**
 * Draws the matrix, a row for each true class and a column for each predicted one. A cell's colour shows its
 * share of the row, its number the count. With more than 40 classes only the colours are drawn, and the axes
 * show class indices.
 * @param confusion entry `[t][p]`: number of images of class t predicted as class p
 * @param classes the names
 * @returns an `<svg>` element, which scales with the page; its width in pixels is readable
 * @throws when the matrix does not have a row and a column for each class
 */
export function confusionPlot(
  confusion: readonly (readonly number[])[],
  classes: readonly string[],
): { svg: string; width: number } {
  const n = classes.length;
  if (n === 0 || confusion.length !== n || confusion.some((row) => row.length !== n)) {
    throw new Error(
      `confusionPlot: ${n} classes need ${n} rows of ${n} counts, got rows of ${confusion.map((row) => row.length)}`,
    );
  }
  const small = n > mostNamed;
  const layout = small ? pixels(confusion) : cells(confusion, classes);
  const by = small ? ', by index' : '';
  const { left, top, side, parts } = layout;
  const centre = left + side / 2;
  const middle = top + side / 2;
  const axis = { 'text-anchor': 'middle', 'font-size': 13, 'font-weight': 600, fill: 'currentColor' };
  const width = left + Math.max(side, keyWidth) + 10;
  const height = top + side + 52;
  const frame = { x: left, y: top, width: side, height: side, fill: 'none', stroke: 'currentColor' };
  const svg = element(
    'svg',
    {
      viewBox: `0 0 ${coordinate(width)} ${coordinate(height)}`,
      role: 'img',
      'aria-label': `Confusion matrix of ${n} classes, true class by row, predicted class by column`,
    },
    text(`predicted class${by}`, { ...axis, x: centre, y: 14 }),
    text(`true class${by}`, {
      ...axis,
      x: 14,
      y: middle,
      transform: `rotate(-90 14 ${coordinate(middle)})`,
    }),
    ...parts,
    element('rect', { ...frame, 'stroke-opacity': 0.4 }),
    key(left, top + side + 18, small ? faintest.pixel : faintest.cell),
  );
  return { svg, width };
}

interface Layout {
  left: number;
  top: number;
  side: number;
  parts: string[];
}

/** Opacity of a cell. */
function strength(share: number, least: number): number {
  return share === 0 ? 0 : least + (1 - least) * share;
}

function sharesOf(row: readonly number[]): number[] {
  const total = row.reduce((sum, count) => sum + count, 0);
  return row.map((count) => (total === 0 ? 0 : count / total));
}

function cells(confusion: readonly (readonly number[])[], classes: readonly string[]): Layout {
  const n = classes.length;
  const cell = Math.max(17, Math.min(48, 510 / n));
  const nameSize = Math.min(13, Math.max(10, cell * 0.6));
  const names = classes.map((name) => fitPageText(name, 150, nameSize));
  const room = Math.max(...names.map((name) => pageTextWidth(name, nameSize)));
  const left = 24 + room + 8;
  // Column names are horizontal if they fit, else vertical.
  const upright = room < cell - 4;
  const top = 24 + (upright ? nameSize + 4 : room + 6);
  const parts: string[] = [];
  const digits = String(confusion.flat().reduce((a, b) => Math.max(a, b), 0)).length;
  const countSize = Math.min(14, cell * 0.45, (cell - 3) / (0.56 * digits));
  names.forEach((name, i) => {
    const [x, y] = [left + (i + 0.5) * cell, top + (i + 0.5) * cell];
    const style = { 'font-size': nameSize, fill: 'currentColor' };
    parts.push(
      text(name, { ...style, x: left - 7, y: y + 0.35 * nameSize, 'text-anchor': 'end' }),
      upright
        ? text(name, { ...style, x, y: top - 7, 'text-anchor': 'middle' })
        : text(name, {
            ...style,
            x: x + 0.35 * nameSize,
            y: top - 7,
            transform: `rotate(-90 ${coordinate(x + 0.35 * nameSize)} ${coordinate(top - 7)})`,
          }),
    );
  });
  let grid = '';
  for (let i = 1; i < n; i++) {
    grid += `M${coordinate(left + i * cell)} ${coordinate(top)}v${coordinate(n * cell)}`;
    grid += `M${coordinate(left)} ${coordinate(top + i * cell)}h${coordinate(n * cell)}`;
  }
  parts.push(element('path', { d: grid, stroke: 'currentColor', 'stroke-opacity': 0.12 }));
  confusion.forEach((row, t) => {
    const shares = sharesOf(row);
    row.forEach((count, p) => {
      if (count === 0) return;
      const opacity = strength(shares[p], faintest.cell);
      const [x, y] = [left + p * cell, top + t * cell];
      const told = `${classes[t]} predicted as ${classes[p]}: ${count} (${percent(shares[p])})`;
      parts.push(
        element(
          'g',
          {},
          element('title', {}, escapeXml(told)),
          element('rect', {
            x,
            y,
            width: cell,
            height: cell,
            fill: hexColor(t === p ? rightColor : wrongColor),
            'fill-opacity': opacity,
          }),
          text(String(count), {
            x: x + cell / 2,
            y: y + cell / 2 + 0.35 * countSize,
            'text-anchor': 'middle',
            'font-size': countSize,
            fill: opacity > 0.85 ? '#ffffff' : 'currentColor',
          }),
        ),
      );
    });
  });
  return { left, top, side: n * cell, parts };
}

/** The matrix as a picture with one pixel a cell, transparent without images, for light and dark pages. */
function pixels(confusion: readonly (readonly number[])[]): Layout {
  const n = confusion.length;
  const picture = tensor('uint8', [n, n, 4]);
  confusion.forEach((row, t) => {
    sharesOf(row).forEach((share, p) => {
      const color = t === p ? rightColor : wrongColor;
      picture.data.set([...color, Math.round(255 * strength(share, faintest.pixel))], 4 * (t * n + p));
    });
  });
  const [left, top, side] = [56, 44, 590];
  const parts = [
    element('image', {
      x: left,
      y: top,
      width: side,
      height: side,
      href: pngDataUri(picture),
      style: 'image-rendering:pixelated',
    }),
  ];
  const stride = [10, 20, 50, 100, 200, 500].find((step) => n / step <= 10) ?? 1000;
  for (let i = 0; i < n; i += stride) {
    const at = ((i + 0.5) * side) / n;
    const style = { 'font-size': 12, fill: 'currentColor' };
    parts.push(
      text(String(i), { ...style, x: left - 7, y: top + at + 4, 'text-anchor': 'end' }),
      text(String(i), { ...style, x: left + at, y: top - 8, 'text-anchor': 'middle' }),
    );
  }
  return { left, top, side, parts };
}

const keyWidth = 240;

/** The legend of the colours. */
function key(left: number, top: number, least: number): string {
  const swatches = 5;
  const size = 13;
  let x = left;
  const parts: string[] = [];
  const say = (content: string, gap: number): void => {
    parts.push(text(content, { x, y: top + 11, 'font-size': 12, fill: 'currentColor' }));
    x += pageTextWidth(content, 12) + gap;
  };
  for (const [color, name] of [
    [rightColor, 'right'],
    [wrongColor, 'wrong'],
  ] as const) {
    say(name, 6);
    for (let i = 1; i <= swatches; i++) {
      const fill = { fill: hexColor(color), 'fill-opacity': strength(i / swatches, least) };
      parts.push(element('rect', { x, y: top, width: size, height: size, ...fill }));
      x += size;
    }
    x += 16;
  }
  return parts.join('');
}
