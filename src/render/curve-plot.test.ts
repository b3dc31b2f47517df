import { expect, test } from 'vitest';
import { type CurvePlot, curvePlot } from './curve-plot.ts';

const curve = (...values: (number | undefined)[]) => ({ name: 'loss', color: '#123456', values });
const plot = (values: (number | undefined)[], more: Partial<CurvePlot> = {}): string =>
  curvePlot({ title: 'Loss', curves: [curve(...values)], ...more });

/** The points of the curve: its subpaths, each a list of [x, y]. */
function points(svg: string): number[][][] {
  const d = /<path d="([^"]*)" fill="none" stroke="#123456"/.exec(svg)?.[1] ?? '';
  return d
    .split('M')
    .slice(1)
    .map((part) => part.split('L').map((point) => point.split(' ').map(Number)));
}
const texts = (svg: string): string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, content]) => content);

test('epochs are evenly spaced, higher values are higher, inside the drawing', () => {
  const [[a, b, c]] = points(plot([4, 1, 2]));
  expect(b[0] - a[0]).toBeCloseTo(c[0] - b[0], 1);
  expect(a[1]).toBeLessThan(c[1]);
  expect(c[1]).toBeLessThan(b[1]);
  for (const [x, y] of [a, b, c]) {
    expect(x).toBeGreaterThan(0);
    expect(x).toBeLessThan(420);
    expect(y).toBeGreaterThan(0);
    expect(y).toBeLessThan(236);
  }
});

test('a logarithmic scale spaces equal quotients equally and omits zero', () => {
  const [[a, b, c]] = points(plot([100, 10, 1], { scale: 'log' }));
  expect(b[1] - a[1]).toBeCloseTo(c[1] - b[1], 1);
  expect(points(plot([1, 0, 10], { scale: 'log' })).map((part) => part.length)).toEqual([1, 1]);
  expect(
    texts(plot([1e-7, 1e-1], { scale: 'log' })).filter((tick) => tick.includes('e-')).length,
  ).toBeLessThan(4);
});

test('missing values leave a gap, an isolated value is a dot', () => {
  const svg = plot([3, 2, undefined, 1, undefined]);
  expect(points(svg).map((part) => part.length)).toEqual([2, 1]);
  expect(svg.match(/<circle/g)).toHaveLength(1);
});

test('accepts given ends and a format, and labels whole epochs', () => {
  const labels = texts(plot([0.2, 0.4], { from: 0, to: 1, format: (v) => `${100 * v} %` }));
  expect(labels).toContain('0 %');
  expect(labels).toContain('100 %');
  expect(labels).toContain('1');
  expect(labels).not.toContain('1.5');
});

test('draws one epoch, a flat curve, and a thousand epochs', () => {
  expect(plot([2])).toContain('<circle');
  expect(points(plot([2, 2]))[0][0][1]).toBe(points(plot([2, 2]))[0][1][1]);
  expect(plot(Array.from({ length: 1000 }, (_, i) => i)).match(/<title>/g)?.length).toBeLessThanOrEqual(250);
});

test("shows an epoch's values on hover; the mark has its label", () => {
  const svg = curvePlot({
    title: 'a "b"',
    curves: [curve(1, 2), { name: 'x<y', color: 'red', values: [undefined, 5] }],
    mark: { epoch: 2, label: 'best: epoch 2' },
  });
  expect(svg).toContain('<title>epoch 1: loss 1</title>');
  expect(svg).toContain('<title>epoch 2: loss 2, x&lt;y 5</title>');
  expect(texts(svg)).toContain('best: epoch 2');
  expect(svg).toContain('aria-label="a &quot;b&quot;"');
});

test('rejects an empty curve and values that are not finite', () => {
  expect(() => plot([])).toThrow("curvePlot: 'Loss' has no values to draw");
  expect(() => plot([0], { scale: 'log' })).toThrow("curvePlot: 'Loss' has no values to draw");
  expect(() => plot([1, Number.NaN])).toThrow("curvePlot: values must be finite, 'Loss' has NaN");
});
