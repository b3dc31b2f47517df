/** Curves over the epochs of a training, as SVG for a page: axes and text have the page's colour. */
import { type ScaleContinuousNumeric, scaleLinear, scaleLog } from 'd3-scale';
import { formatNumber } from './font.ts';
import { pageTextWidth } from './page-text.ts';
import { coordinate, element, escapeXml, text } from './svg.ts';

export interface Curve {
  name: string;
  /** A CSS colour, or one that the page defines, such as `var(--training)`. */
  color: string;
  /** One value for each epoch, from epoch 1; the line has a gap where it is undefined. */
  values: readonly (number | undefined)[];
}

export interface CurvePlot {
  /** For screen readers. */
  title: string;
  curves: readonly Curve[];
  /** Default 'linear'. In a logarithmic scale, values of 0 and below are left out. */
  scale?: 'linear' | 'log';
  /** The lower end of a linear scale. Default: the lowest value. */
  from?: number;
  /** The upper end of a linear scale. Default: the highest value. */
  to?: number;
  /** Formats a value. Default: `formatNumber`. */
  format?: (value: number) => string;
  /** An epoch to mark with a line. */
  mark?: { epoch: number; label: string };
}

const width = 420;
const height = 236;
const fontSize = 12;
const top = 28;
const right = 14;
const bottom = 38;
/** Limit on the columns with tooltips; with more epochs, only some have one. */
const mostColumns = 240;

/**
 * Draws the curves with both axes, a legend if there are several, and tooltips with the values of an epoch.
 * @returns an `<svg>` element 420 wide and 236 high, which scales with the page
 * @throws when no curve has a value, or one is not finite
 */
export function curvePlot(plot: CurvePlot): string {
  const { title, curves, mark, format = formatNumber } = plot;
  const epochs = Math.max(...curves.map(({ values }) => values.length));
  const y = verticalScale(plot).range([height - bottom, top]);
  const ticks = ticksOf(y, plot.scale ?? 'linear');
  const labels = ticks.map(format);
  const left = 9 + Math.max(...labels.map((label) => pageTextWidth(label, fontSize)));
  const x = scaleLinear()
    .domain(epochs > 1 ? [1, epochs] : [0, 2])
    .range([left, width - right]);
  const drawn = (value: number | undefined): value is number =>
    value !== undefined && (plot.scale !== 'log' || value > 0);

  const parts: string[] = [];
  const [from, to] = [x.range()[0], x.range()[1]];
  ticks.forEach((tick, i) => {
    const d = `M${coordinate(from)} ${coordinate(y(tick))}H${coordinate(to)}`;
    parts.push(
      element('path', { d, stroke: 'currentColor', 'stroke-opacity': 0.16 }),
      text(labels[i], { x: from - 7, y: y(tick) + 4, 'text-anchor': 'end', fill: 'currentColor' }),
    );
  });
  const floor = height - bottom;
  parts.push(
    element('path', {
      d: `M${coordinate(from)} ${coordinate(floor)}H${coordinate(to)}`,
      stroke: 'currentColor',
      'stroke-opacity': 0.6,
    }),
  );
  for (const tick of epochTicks(epochs)) {
    parts.push(
      element('path', {
        d: `M${coordinate(x(tick))} ${coordinate(floor)}v4`,
        stroke: 'currentColor',
        'stroke-opacity': 0.6,
      }),
      text(String(tick), { x: x(tick), y: floor + 17, 'text-anchor': 'middle', fill: 'currentColor' }),
    );
  }
  parts.push(
    text('epoch', { x: (from + to) / 2, y: height - 5, 'text-anchor': 'middle', fill: 'currentColor' }),
  );
  if (mark) {
    const crossed = curves.map(({ values }) => values[mark.epoch - 1]).filter(drawn);
    const heights = crossed.map((value) => y(value));
    parts.push(drawMark(mark.label, x(mark.epoch), from, to, heights));
  }
  for (const { color, values } of curves) {
    let d = '';
    values.forEach((value, i) => {
      if (!drawn(value)) return;
      const open = drawn(values[i - 1]) ? 'L' : 'M';
      d += `${open}${coordinate(x(i + 1))} ${coordinate(y(value))}`;
    });
    parts.push(
      element('path', { d, fill: 'none', stroke: color, 'stroke-width': 2, 'stroke-linejoin': 'round' }),
    );
    values.forEach((value, i) => {
      const alone = !drawn(values[i - 1]) && !drawn(values[i + 1]);
      if (drawn(value) && (alone || i + 1 === mark?.epoch)) {
        parts.push(element('circle', { cx: x(i + 1), cy: y(value), r: 3.5, fill: color }));
      }
    });
  }
  if (curves.length > 1) parts.push(legend(curves, from));
  parts.push(tooltips(curves, epochs, x, format));
  return element(
    'svg',
    {
      viewBox: `0 0 ${width} ${height}`,
      role: 'img',
      'aria-label': title,
      'font-size': fontSize,
      fill: 'none',
    },
    ...parts,
  );
}

function verticalScale({
  title,
  curves,
  scale,
  from,
  to,
}: CurvePlot): ScaleContinuousNumeric<number, number> {
  const values = curves
    .flatMap((curve) => curve.values)
    .filter((value) => value !== undefined)
    .filter((value) => scale !== 'log' || value > 0);
  if (values.length === 0) throw new Error(`curvePlot: '${title}' has no values to draw`);
  const wrong = values.find((value) => !Number.isFinite(value));
  if (wrong !== undefined) throw new Error(`curvePlot: values must be finite, '${title}' has ${wrong}`);
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  if (scale === 'log')
    return scaleLog()
      .domain(low < high ? [low, high] : [low / 2, high * 2])
      .nice();
  const [start, end] = [from ?? low, to ?? high];
  return scaleLinear()
    .domain(start < end ? [start, end] : [start - 0.5, start + 0.5])
    .nice(5);
}

function ticksOf(y: ScaleContinuousNumeric<number, number>, scale: 'linear' | 'log'): number[] {
  if (scale === 'linear') return y.ticks(5);
  const [low, high] = y.domain();
  const decades = Math.log10(high / low);
  // 1, 2, 5, 10, ...; over many decades only powers of ten.
  const digits = decades > 3 ? [1] : [1, 2, 5];
  const found: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const digit of digits) {
      const tick = digit * 10 ** power;
      if (tick >= low * 0.999 && tick <= high * 1.001) found.push(tick);
    }
  }
  return found.length < 2 ? [low, high] : found;
}

/** Whole epochs at equal distances. */
function epochTicks(epochs: number): number[] {
  if (epochs === 1) return [1];
  return scaleLinear()
    .domain([1, epochs])
    .ticks(Math.min(6, epochs))
    .filter((tick) => Number.isInteger(tick));
}

/**
 * A line with its label.
 * @param crossed where the curves cross it
 */
function drawMark(label: string, x: number, from: number, to: number, crossed: readonly number[]): string {
  // The label is on the side, and at the end, with more room.
  const leftwards = x - from > to - x;
  const floor = height - bottom;
  const above = Math.min(...crossed, floor) - top;
  const below = floor - Math.max(...crossed, top);
  return (
    element('path', {
      d: `M${coordinate(x)} ${top - 8}V${floor}`,
      stroke: 'currentColor',
      'stroke-opacity': 0.55,
      'stroke-dasharray': '2 3',
    }) +
    text(label, {
      x: leftwards ? x - 6 : x + 6,
      y: above > below ? top + 13 : floor - 7,
      'text-anchor': leftwards ? 'end' : 'start',
      fill: 'currentColor',
      'fill-opacity': 0.75,
    })
  );
}

function legend(curves: readonly Curve[], left: number): string {
  let x = left;
  return curves
    .map(({ name, color }) => {
      const at = x;
      x += 26 + pageTextWidth(name, fontSize) + 14;
      return (
        element('path', { d: `M${coordinate(at)} 10h20`, stroke: color, 'stroke-width': 3 }) +
        text(name, { x: at + 26, y: 14, fill: 'currentColor' })
      );
    })
    .join('');
}

/** Invisible columns, each with the values of its epoch. */
function tooltips(
  curves: readonly Curve[],
  epochs: number,
  x: (epoch: number) => number,
  format: (value: number) => string,
): string {
  const stride = Math.ceil(epochs / mostColumns);
  const half = (x(1 + stride) - x(1)) / 2;
  let columns = '';
  for (let epoch = 1; epoch <= epochs; epoch += stride) {
    const values = curves.flatMap(({ name, values }) => {
      const value = values[epoch - 1];
      return value === undefined ? [] : [`${name} ${format(value)}`];
    });
    const title = element('title', {}, escapeXml(`epoch ${epoch}: ${values.join(', ')}`));
    const box = { x: x(epoch) - half, y: top, width: 2 * half, height: height - top - bottom };
    columns += element('rect', { ...box, 'pointer-events': 'all' }, title);
  }
  return columns;
}
