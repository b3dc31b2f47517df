/** The page of a comparison of map methods: how well each localises objects, with example pictures. */
import type { ClassLocalisation } from '../metrics/localisation.ts';
import { groupedCount } from '../text/count.ts';
import { duration } from '../text/duration.ts';
import { sentence } from '../text/sentence.ts';
import {
  baselineOf,
  explainedText,
  type Figure,
  figureOf,
  figureTitles,
  gridText,
  type Localisation,
  levellessText,
  type MethodFigures,
  measuredFigures,
} from './localisation.ts';
import { differenceText, percentOrDash } from './localisation-text.ts';
import { escapeHtml } from './page.ts';
import { definitions, listed, reportPage, skippedSection, tileList } from './page-parts.ts';

/** Example pictures of one method, with its map and the object's outline. */
export interface MethodExamples {
  /** The method's name. */
  readonly method: string;
  /** With a heading such as 'best'. */
  readonly groups: readonly { readonly title: string; readonly examples: readonly LocalisedExample[] }[];
}

/** A picture with a method's map. */
export interface LocalisedExample {
  /** Unique short name of the file. */
  readonly name: string;
  /** The picture as a data URI. */
  readonly picture: string;
  /** Intersection over union of the best box, in [0, 1]. */
  readonly boxIou: number;
  /** Whether the map's highest value lies on the object. */
  readonly points: boolean;
}

/**
 * The page of a comparison of map methods as one HTML document, with nothing to load from elsewhere.
 * @param found the figures of each method, from `localisationScores`, `scoreIntervals` and others
 * @param examples of each method; default: none are shown
 * @example
 * ```ts
 * import { writeFile } from 'node:fs/promises';
 * import { tensor } from 'high-res-mapping';
 * import * as metrics from 'high-res-mapping/metrics';
 * import { localisationReport } from 'high-res-mapping/report';
 *
 * const truth = metrics.prepareTruth({ size: [64, 64], boxes: [[0, 0, 32, 64]] }, 32);
 * const measures = [metrics.measureMap(tensor('float32', [2, 2], [4, 0, 4, 0]), truth)];
 * const resampled = metrics.resampleScores(measures, metrics.resampleWeights(1, 100, 0));
 * const method = {
 *   name: 'low-res',
 *   milliseconds: 5,
 *   scores: metrics.localisationScores(measures),
 *   intervals: metrics.scoreIntervals(resampled),
 *   classes: [{ images: 1, maxBoxAccV2: 1, pointing: 1 }],
 *   boxIous: [1],
 *   points: [true],
 *   backgrounds: [0],
 * };
 * const page = localisationReport({
 *   model: 'scenes.onnx',
 *   type: 'half',
 *   imSize: 64,
 *   evalSize: 32,
 *   data: 'scenes',
 *   device: 'cpu',
 *   seconds: 1,
 *   classes: ['star'],
 *   classFrom: 'folder',
 *   masks: 0,
 *   baseline: 'low-res',
 *   resamples: 100,
 *   methods: [method],
 *   images: [{ path: 'star/1.jpg', label: 0, explained: 'star' }],
 * });
 * await writeFile('localisation.html', page);
 * console.log(/<title>(.*)<\/title>/.exec(page)?.[1]); //=> Localisation by scenes.onnx on scenes
 * ```
 */
export function localisationReport(found: Localisation, examples: readonly MethodExamples[] = []): string {
  const { model, data } = found;
  return reportPage({
    title: `Localisation by ${model} on ${data}`,
    heading: `Where ${model} finds its evidence`,
    summary: summary(found),
    tiles: tiles(found),
    sections: [
      methodsSection(found),
      differenceSection(found),
      faithfulnessSection(found),
      classesSection(found),
      examplesSection(examples),
      factsSection(found),
      skippedSection(found.skipped),
    ],
  });
}

function summary(found: Localisation): string {
  const { methods, images, data, masks } = found;
  const truth = masks === images.length ? 'masks' : masks === 0 ? 'boxes' : 'masks and boxes';
  return (
    `${groupedCount(methods.length, 'method')} compared on ${groupedCount(images.length, 'image')} of ${data}: how far the map of ${explainedText(found)} ` +
    `agrees with the position of the object, as given by ${truth}.`
  );
}

/** Methods without the classifier, or with the ground truth: references for the others. */
const ideal = 'low-res-ideal';
const yardsticks: readonly string[] = ['center-prior', ideal];

function tiles(found: Localisation): string {
  const { methods, accuracy, images } = found;
  const best = (figure: Figure): [string, string] => {
    const real = methods.filter(({ name }) => !yardsticks.includes(name));
    const value = (method: MethodFigures): number => figureOf(method, figure) ?? 0;
    const first = [...real].sort((a, b) => value(b) - value(a))[0];
    return [`${percentOrDash(value(first))} %`, `${figureTitles[figure]}, highest: ${first.name}`];
  };
  return tileList([
    // For the background's level, the highest is the worst.
    ...measuredFigures(found)
      .filter((figure) => figure !== 'background')
      .map(best),
    ...(accuracy === undefined
      ? []
      : [[`${percentOrDash(accuracy)} %`, 'top-1 accuracy of the classifier'] as const]),
    [images.length.toLocaleString('en'), 'images'],
  ]);
}

function methodsSection(found: Localisation): string {
  const { methods, baseline, resamples, grid } = found;
  const figures = measuredFigures(found);
  const masks = figures.includes('pxap');
  const cell = (method: MethodFigures, figure: Figure): string => {
    const value = figureOf(method, figure);
    const interval = method.intervals[figure];
    if (value === undefined || interval === undefined) return '<td>-</td>';
    const [low, high] = interval;
    return `<td>${percentOrDash(value)} <small>${percentOrDash(low)} to ${percentOrDash(high)}</small></td>`;
  };
  const rows = methods.map((method) => {
    const { name, scores, milliseconds } = method;
    const shares = [...scores.maxBoxAccV2.at, ...(masks ? [scores.maskIou?.best, scores.maskIou?.half] : [])];
    return (
      `<tr><th scope="row">${escapeHtml(name)}</th>${figures.map((figure) => cell(method, figure)).join('')}` +
      `${shares.map((share) => `<td>${percentOrDash(share)}</td>`).join('')}<td>${milliseconds.toFixed(1)}</td></tr>`
    );
  });
  const head = [
    ...figures.map((figure) => figureTitles[figure]),
    ...['boxes 0.3', 'boxes 0.5', 'boxes 0.7'],
    ...(masks ? ['IoU best', 'IoU half'] : []),
  ];
  const pixels = masks
    ? "PxAP: average precision of pixels. IoU: with the object's mask, at the method's best threshold and at half of the maximum.\n"
    : '';
  const cells = grid
    ? 'GridPG: share of the evidence above 0 in the cell of its class; grid peak: highest value there.\n'
    : '';
  const notes = [gridText(found), levellessText(found)].filter((note) => note !== undefined);
  return `<section>
<h2>The methods</h2>
<p>In per cent; in small print, the 95 % interval from ${resamples.toLocaleString('en')} resamples of the images${grid ? ' or mosaics' : ''}.
MaxBoxAccV2: share of boxes found, mean over the IoUs 0.3, 0.5 and 0.7, each at its best threshold.
${pixels}background: the median of the raw map off the object, as a share of its peak, median over the images; low is good.
${cells}center-prior is a pyramid in the middle of every picture, low-res-ideal is the ground truth at low resolution: the best that
${escapeHtml(baseline)} could reach.</p>
${notes.map((note) => `<p>${escapeHtml(sentence(note))}</p>\n`).join('')}<div class="scroll"><table class="grid">
<thead>${headRow(['method', ...head, 'ms/image'])}</thead>
<tbody>
${rows.join('\n')}
</tbody></table></div>
</section>`;
}

function headRow([first, ...rest]: readonly string[]): string {
  return `<tr><th scope="col" class="name">${escapeHtml(first)}</th>${rest.map((title) => `<th scope="col">${escapeHtml(title)}</th>`).join('')}</tr>`;
}

function differenceSection(found: Localisation): string {
  const base = baselineOf(found);
  const others = found.methods.filter(({ difference }) => difference);
  if (base === undefined || others.length === 0) return '';
  const figures = measuredFigures(found);
  const rows = others.map(
    (method) =>
      `<tr><th scope="row">${escapeHtml(method.name)}</th>${figures.map((figure) => `<td>${escapeHtml(differenceText(method, base, figure))}</td>`).join('')}</tr>`,
  );
  return `<section>
<h2>Compared with ${escapeHtml(base.name)}</h2>
<p>Differences in per cent, with the 95 % interval from the same resamples for both. A star: the interval excludes 0.</p>
<div class="scroll"><table class="grid">
<thead>${headRow(['method', ...figures.map((figure) => figureTitles[figure])])}</thead>
<tbody>
${rows.join('\n')}
</tbody></table></div>
</section>`;
}

function faithfulnessSection({ methods, faithfulness, images }: Localisation): string {
  if (faithfulness === undefined) return '';
  const rows = methods.map(({ name, faithfulness: f }) => {
    const values = f && [
      f.insertion,
      f.deletion,
      f.averageDrop,
      f.averageIncrease,
      f.coherency,
      f.complexity,
      f.adcc,
    ];
    return `<tr><th scope="row">${escapeHtml(name)}</th>${(values ?? []).map((value) => `<td>${percentOrDash(value)}</td>`).join('')}</tr>`;
  });
  return `<section>
<h2>Faithfulness</h2>
<p>How much the classifier relies on what the maps show, on ${faithfulness.images.toLocaleString('en')} of the ${images.length.toLocaleString('en')} images, spread evenly over the classes; in per cent.
Insertion and deletion: area under the curve of the probability as the highest pixels are inserted or deleted, in ${faithfulness.steps} steps. ↑ high is good, ↓ low is good.</p>
<div class="scroll"><table class="grid">
<thead>${headRow(['method', 'insertion ↑', 'deletion ↓', 'average drop ↓', 'average increase ↑', 'coherency ↑', 'complexity ↓', 'ADCC ↑'])}</thead>
<tbody>
${rows.join('\n')}
</tbody></table></div>
</section>`;
}

function classesSection(found: Localisation): string {
  const { classes, methods, classFrom } = found;
  const what = classFrom === 'folder' ? 'class' : 'folder';
  const present = classes.flatMap((name, c) => (methods[0].classes[c] ? [{ name, c }] : []));
  const one = (title: string, value: (of: ClassLocalisation) => number | undefined): string => {
    const rows = present.map(({ name, c }) => {
      const values = methods.map(({ classes: byClass }) => byClass[c] && value(byClass[c]));
      // The ideal would always be bold.
      const best = Math.max(...values.map((found, m) => (methods[m].name === ideal ? 0 : (found ?? 0))));
      const cells = values.map(
        (found) => `<td>${found === best ? `<b>${percentOrDash(found)}</b>` : percentOrDash(found)}</td>`,
      );
      return `<tr><th scope="row">${escapeHtml(name)}</th>${cells.join('')}<td>${methods[0].classes[c]?.images}</td></tr>`;
    });
    return `<div class="scroll tall"><table class="grid">
<caption>${title} <small>in per cent</small></caption>
<thead>${headRow([what, ...methods.map(({ name }) => name), 'images'])}</thead>
<tbody>
${rows.join('\n')}
</tbody></table></div>`;
  };
  const masks = methods[0].scores.pxap !== undefined;
  return `<section>
<h2>${what === 'class' ? 'Class by class' : 'Folder by folder'}</h2>
<p>MaxBoxAccV2 at the thresholds that are best for all images together.</p>
${one('MaxBoxAccV2', ({ maxBoxAccV2 }) => maxBoxAccV2)}
${masks ? one('PxAP', ({ pxap }) => pxap) : ''}
${one('Pointing game', ({ pointing }) => pointing)}
</section>`;
}

function examplesSection(all: readonly MethodExamples[]): string {
  if (all.length === 0) return '';
  const figure = ({ name, picture, boxIou, points }: LocalisedExample): string =>
    `<figure><img src="${picture}" alt="${escapeHtml(name)}" loading="lazy">` +
    `<figcaption>IoU ${boxIou.toFixed(2)}${points ? '' : ', <span class="wrong">peak off the object</span>'}<small>${escapeHtml(name)}</small></figcaption></figure>`;
  const group = ({ title, examples }: MethodExamples['groups'][number]): string =>
    `<h4>${escapeHtml(title)}</h4>\n<div class="located">\n${examples.map(figure).join('\n')}\n</div>`;
  const one = ({ method, groups }: MethodExamples): string =>
    `<h3>${escapeHtml(method)}</h3>\n${groups.map(group).join('\n')}`;
  return `<section>
<h2>Pictures</h2>
<p>Each method's map over the picture, with strong values in strong colours; the object is outlined in white. Chosen by the IoU of the best box with the object's,
at the threshold that is best for an IoU of 0.5.</p>
${all.map(one).join('\n')}
</section>`;
}

function factsSection(found: Localisation): string {
  const { model, type, imSize, evalSize, data, device, seconds, classes, classFrom, images, masks } = found;
  const { groundTruth = [] } = found;
  return `<section>
<h2>What was measured</h2>
<div class="columns">
${definitions('Model and images', [
  ['model', model],
  ['kind', type === 'half' ? 'half: the classifier' : 'full: with high-resolution maps'],
  ['images', data],
  ['with masks', `${masks} of ${images.length}`],
  ...(groundTruth.length > 0 ? [['ground truth', groundTruth.join('; ')] as const] : []),
  ['size', `${imSize} × ${imSize} pixels; maps measured at ${evalSize} × ${evalSize}`],
  ['maps', `of ${explainedText(found)}`],
  [classFrom === 'folder' ? 'classes' : 'folders', `${classes.length}: ${listed(classes)}`],
])}
${definitions('Figures', [
  ['resamples', found.resamples],
  ['device', device],
  ['time', duration(seconds)],
])}
</div>
</section>`;
}
