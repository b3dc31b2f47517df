/** The section of a page with a model's predictions, class by class. */
import { type ClassificationReport, occurringClasses } from '../metrics/classification.ts';
import { worstConfusions } from '../metrics/mistakes.ts';
import { confusionPlot, mostNamed } from '../render/confusion-plot.ts';
import { inPercent, percent } from '../text/percent.ts';
import { escapeHtml } from './page.ts';

/**
 * Confusion matrix, most frequent confusions, precision, recall and F1 of each class; as HTML.
 * @param intro a sentence before the description of the matrix, followed by a space; default none
 */
export function evaluationSection(report: ClassificationReport, intro = ''): string {
  const { classes, confusion } = report;
  const plot = confusionPlot(
    confusion,
    classes.map(({ name }) => name),
  );
  const width = Math.ceil(plot.width);
  // On a phone it scrolls sideways instead of becoming too small to read.
  const least = Math.min(width, 640, classes.length > mostNamed ? 320 : 24 * classes.length + 160);
  return `<section>
<h2>Class by class, on the test images</h2>
<p>${escapeHtml(intro)}In the matrix, a row holds the images of one class, and its colours are shares of the row.</p>
<div class="matrix">
<div class="scroll" style="flex-basis:${Math.min(width, 660)}px"><div style="min-width:${least}px;max-width:${width}px">
${plot.svg}
</div></div>
${confusionsTable(report)}
</div>
${scoresTable(report)}
</section>`;
}

/** All classes; if there are more than the matrix can name, only those that occur. */
function scoresTable(report: ClassificationReport): string {
  const { classes, macro, accuracy } = report;
  const row = (name: string, { precision, recall, f1 }: typeof macro, images: number | ''): string =>
    `<tr><th scope="row">${escapeHtml(name)}</th><td>${inPercent(precision)}</td><td>${inPercent(recall)}</td><td>${inPercent(f1)}</td>` +
    `<td class="bar"><i style="width:${inPercent(f1)}%"></i></td><td>${images}</td></tr>`;
  const total = classes.reduce((sum, { support }) => sum + support, 0);
  const many = classes.length > mostNamed;
  // Numbered as in the matrix, if that has no names.
  const weakestFirst = (many ? occurringClasses(report) : [...classes.keys()])
    .map((c) => ({ ...classes[c], name: many ? `${c}: ${classes[c].name}` : classes[c].name }))
    .sort((a, b) => a.f1 - b.f1);
  return `<div class="scroll tall"><table class="grid scores">
<caption>Classes, the weakest first <small>in per cent</small></caption>
<thead><tr><th scope="col" class="name">class</th><th scope="col">precision</th><th scope="col">recall</th><th scope="col">F1</th><th></th><th scope="col">images</th></tr></thead>
<tbody>
${weakestFirst.map((scores) => row(scores.name, scores, scores.support)).join('\n')}
</tbody>
<tfoot>
${row('mean', macro, total)}
<tr><th scope="row">accuracy</th><td></td><td></td><td>${inPercent(accuracy)}</td><td></td><td></td></tr>
</tfoot></table></div>`;
}

function confusionsTable(report: ClassificationReport): string {
  const worst = worstConfusions(report, 12);
  if (worst.length === 0) return '<p>No test image was predicted wrong.</p>';
  const rows = worst.map(
    ({ truth, predicted, count, share }) =>
      `<tr><th scope="row">${escapeHtml(truth)}</th><th scope="row">${escapeHtml(predicted)}</th>` +
      `<td>${count}</td><td>${percent(share, 0)}</td></tr>`,
  );
  return `<div class="scroll"><table class="grid">
<caption>Most frequent mistakes <small>share of the true class</small></caption>
<thead><tr><th scope="col" class="name">true class</th><th scope="col" class="name">predicted as</th><th scope="col">images</th><th scope="col">share</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody></table></div>`;
}
