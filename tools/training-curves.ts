/**
 * The curves of two trainings in one picture: ours (`results/NAME/history.csv`) and PyTorch's
 * (`bench/peers/train.py`).
 *
 *     npx tsx tools/training-curves.ts OURS.csv PYTORCH.csv docs/training-curves.png
 */
import { readFileSync } from 'node:fs';
import { writeFileWhole } from '../src/data/files/write-file.ts';
import { type Curve, curvePlot } from '../src/render/curve-plot.ts';
import { rasterize } from '../src/render/rasterize.ts';
import { svgDocument } from '../src/render/svg.ts';
import { percent } from '../src/text/percent.ts';

const [ours, pyTorch, out] = process.argv.slice(2);

/** A column by its name: one number for each epoch. */
function column(file: string, name: string): number[] {
  const [header, ...rows] = readFileSync(file, 'utf8').trim().split(/\r?\n/);
  const at = header.split(',').indexOf(name);
  return rows.map((row) => Number(row.split(',')[at]));
}

function plot(title: string, name: string, format?: (value: number) => string): string {
  const curve = (label: string, color: string, file: string): Curve => ({
    name: label,
    color,
    values: column(file, name),
  });
  const curves = [curve('ours', '#2a6fcf', ours), curve('PyTorch', '#d9650d', pyTorch)];
  return curvePlot({ title, curves, from: 0, format });
}

const plots = [
  ['training loss', plot('training loss', 'loss')],
  ['validation accuracy', plot('validation accuracy', 'val_accuracy', (share) => percent(share, 0))],
];
const [width, height, caption] = [420, 236, 24];
const placed = plots.map(([name, svg], i) => {
  const at = svg.replace('<svg', `<svg x="${i * width}" y="${caption}" width="${width}" height="${height}"`);
  return `<text x="${i * width + width / 2}" y="16" text-anchor="middle" font-size="14" font-weight="600">${name}</text>${at}`;
});
const svg = svgDocument(
  {
    width: 2 * width,
    height: height + caption,
    title: 'Curves of two trainings',
    description: 'Training loss and validation accuracy by epoch, ours and PyTorch.',
  },
  `<g color="#222222">${placed.join('')}</g>`,
);
await writeFileWhole(out, rasterize(svg, { scale: 1.5 }));
