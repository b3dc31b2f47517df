/** The page of an evaluation: how good a model is, its mistakes, and its maps of them. */
import { groupedCount } from '../text/count.ts';
import { duration } from '../text/duration.ts';
import { shortPercent } from '../text/percent.ts';
import { agreementText, cropText, type EvaluationFigures, flatteryText, imageCount } from './evaluation.ts';
import { evaluationSection } from './evaluation-section.ts';
import { type Mistake, mistakesSection } from './mistakes-section.ts';
import { definitions, listed, reportPage, significant, skippedSection, tileList } from './page-parts.ts';

/**
 * The page of an evaluation as one HTML document, with nothing to load from elsewhere.
 * @param figures of the model, from `classificationReport` and others
 * @param mistakes pictures with wrong predictions, the worst first; default: none are shown
 * @example
 * ```ts
 * import { writeFile } from 'node:fs/promises';
 * import { classificationReport } from 'high-res-mapping/metrics';
 * import { evaluationReport } from 'high-res-mapping/report';
 *
 * const report = classificationReport([0, 0, 1, 1], [0, 1, 1, 1], ['cat', 'dog']);
 * const about = { model: 'pets.onnx', imSize: 224, channels: 3, data: 'pets', device: 'cpu', seconds: 2 };
 * const page = evaluationReport({ ...about, type: 'half', report, topK: { k: 2, accuracy: 1 }, loss: 0.4 });
 * await writeFile('evaluation.html', page);
 * console.log(/<title>(.*)<\/title>/.exec(page)?.[1]); //=> Evaluation of pets.onnx on pets
 * console.log(page.includes('predicted 3 of 4 images of pets right')); //=> true
 * ```
 */
export function evaluationReport(figures: EvaluationFigures, mistakes: readonly Mistake[] = []): string {
  const { model, data, report } = figures;
  return reportPage({
    title: `Evaluation of ${model} on ${data}`,
    heading: `Evaluation of ${model}`,
    summary: summary(figures),
    tiles: tiles(figures),
    sections: [
      mistakesSection(mistakes),
      evaluationSection(report),
      factsSection(figures),
      skippedSection(figures.skipped),
    ],
  });
}

function summary(figures: EvaluationFigures): string {
  const { type, report, data, halfAndFull, skipped = [] } = figures;
  const { classes, confusion } = report;
  const right = confusion.reduce((sum, row, c) => sum + row[c], 0);
  const agree = halfAndFull ? ` ${capitalized(agreementText(halfAndFull))}.` : '';
  const note = flatteryText(figures);
  const flattery = note === undefined ? '' : ` ${capitalized(note)}.`;
  const bad = skipped.length === 0 ? '' : ` ${groupedCount(skipped.length, 'file')} could not be read.`;
  return (
    `A ${type} model of ${groupedCount(classes.length, 'class', 'classes')} predicted ${right.toLocaleString('en')} of ` +
    `${groupedCount(imageCount(report), 'image')} of ${data} right.${agree}${flattery}${bad}`
  );
}

function tiles({ report, topK, loss }: EvaluationFigures): string {
  return tileList([
    [shortPercent(report.accuracy), 'top-1 accuracy: predicted right'],
    [shortPercent(topK.accuracy), `top-${topK.k} accuracy: right among the first ${topK.k}`],
    [shortPercent(report.macro.f1), 'F1, mean over the classes'],
    [significant(loss), 'cross-entropy'],
    [imageCount(report).toLocaleString('en'), 'images'],
  ]);
}

function factsSection(figures: EvaluationFigures): string {
  const { model, type, imSize, crop, channels, data, device, seconds, report, halfAndFull } = figures;
  const names = report.classes.map(({ name }) => name);
  const images = imageCount(report);
  const share = ({ precision, recall, f1 }: typeof report.micro): string =>
    `precision ${shortPercent(precision)}, recall ${shortPercent(recall)}, F1 ${shortPercent(f1)}`;
  return `<section>
<h2>What was evaluated</h2>
<div class="columns">
${definitions('Model and images', [
  ['model', model],
  ['kind', type === 'half' ? 'half: the classifier' : 'full: with high-resolution maps'],
  ['half model', halfAndFull?.half],
  ['images', data],
  ['size', `${imSize} × ${imSize} pixels, ${channels === 1 ? 'grey' : `${channels} channels`}`],
  ['seen', cropText(crop) || undefined],
  ['classes', `${names.length}: ${listed(names)}`],
])}
${definitions('Figures', [
  ['micro average', share(report.micro)],
  ['macro average', share(report.macro)],
  ['device', device],
  ['time', duration(seconds)],
  ['speed', `${significant(images / seconds)} images a second`],
])}
</div>
</section>`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
