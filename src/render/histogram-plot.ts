/** The histogram of edge values, with the bounds of region growing, as a panel of a figure. */
import { scaleLinear } from 'd3-scale';
import type { EdgeHistogram } from './edge-histogram.ts';
import { coordinate, element, text } from './svg.ts';

export interface HistogramPlot {
  histogram: EdgeHistogram;
  bounds: { lower: number; upper: number };
  left: number;
  top: number;
  width: number;
  height: number;
  /** Colours of the bars below, within and above the bounds. */
  colors: { below: string; within: string; above: string };
}

/**
 * Draws the bars, coloured by the bounds (a bar across a bound has two colours), the bounds as lines, and the
 * axis of values.
 */
export function histogramPlot(plot: HistogramPlot): string {
  const { histogram, bounds, left, top, width, height, colors } = plot;
  const { counts, thresholds } = histogram;
  const bottom = top + height - 19;
  const x = scaleLinear()
    .domain([thresholds[0], thresholds[thresholds.length - 1]])
    .range([left + 8, left + width - 8]);
  const y = scaleLinear()
    .domain([0, Math.max(...counts, 1)])
    .range([bottom, top + 18]);
  const limits = [Number.NEGATIVE_INFINITY, bounds.lower, bounds.upper, Number.POSITIVE_INFINITY];
  const fills = [colors.below, colors.within, colors.above];
  const bars = ['', '', ''];
  counts.forEach((count, i) => {
    if (count === 0) return;
    fills.forEach((_, part) => {
      const from = x(Math.max(thresholds[i], limits[part]));
      const to = x(Math.min(thresholds[i + 1], limits[part + 1]));
      if (to > from) {
        bars[part] +=
          `M${coordinate(from)} ${coordinate(bottom)}V${coordinate(y(count))}H${coordinate(to)}V${coordinate(bottom)}Z`;
      }
    });
  });
  const parts = bars.map((d, part) => (d === '' ? '' : element('path', { d, fill: fills[part] })));
  const [first, last] = x.range();
  const tickCount = Math.max(2, Math.floor(width / 50));
  const format = x.tickFormat(tickCount);
  parts.push(
    element('path', {
      d: `M${coordinate(first)} ${coordinate(bottom)}H${coordinate(last)}`,
      stroke: '#333333',
      'stroke-width': 0.8,
    }),
  );
  for (const tick of x.ticks(tickCount)) {
    parts.push(
      element('path', {
        d: `M${coordinate(x(tick))} ${coordinate(bottom)}v3`,
        stroke: '#333333',
        'stroke-width': 0.8,
      }),
      text(format(tick), {
        x: Math.min(x(tick), last - 5),
        y: bottom + 13,
        'text-anchor': 'middle',
        'font-size': 10,
        fill: '#333333',
      }),
    );
  }
  // Without edge values there are no bounds.
  if (histogram.total === 0) return parts.join('');
  // Each bound's label is on the outer side of its line, or on the inner side if it would leave the panel. If
  // neither fits, labels are left out.
  const inPanel = (value: number): number => Math.min(Math.max(x(value), first), last);
  const [lower, upper] = [inPanel(bounds.lower), inPanel(bounds.upper)];
  const nameWidth = 29;
  const lowerInward = lower - nameWidth < left;
  const upperInward = upper + nameWidth > left + width;
  const named = upper - lower > nameWidth * (Number(lowerInward) + Number(upperInward));
  const marks = [
    { at: lower, name: 'lower', leftwards: !lowerInward },
    { at: upper, name: 'upper', leftwards: upperInward },
  ];
  for (const { at, name, leftwards } of marks) {
    parts.push(
      element('path', {
        d: `M${coordinate(at)} ${coordinate(bottom)}V${coordinate(top + 6)}`,
        stroke: '#222222',
        'stroke-width': 1,
        'stroke-dasharray': '3 2',
      }),
    );
    if (!named) continue;
    parts.push(
      text(name, {
        x: leftwards ? at - 3 : at + 3,
        y: top + 13,
        'text-anchor': leftwards ? 'end' : 'start',
        'font-size': 10,
        fill: '#222222',
      }),
    );
  }
  return parts.join('');
}
