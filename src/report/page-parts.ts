/** Parts that the pages of trainings and evaluations share. */
import { groupedCount } from '../text/count.ts';
import { escapeHtml, htmlPage } from './page.ts';
import { reportStyle } from './report-style.ts';

/** Limit on the classes listed among the settings. */
const mostClasses = 60;
/** Limit on the skipped files that are listed. */
const mostSkipped = 100;

/** A page: a summary in a few sentences, the most important figures, then the sections that are not empty. */
export function reportPage({
  title,
  heading,
  summary,
  tiles,
  sections,
}: {
  readonly title: string;
  readonly heading: string;
  readonly summary: string;
  /** HTML, as are the sections. */
  readonly tiles: string;
  readonly sections: readonly string[];
}): string {
  const body = `<header>
<h1>${escapeHtml(heading)}</h1>
<p>${escapeHtml(summary)}</p>
${tiles}
</header>
<main>
${sections.filter((section) => section !== '').join('\n')}
</main>`;
  return htmlPage({ title, style: reportStyle, body });
}

/** The most important figures, in large type. */
export function tileList(found: readonly (readonly [value: string, label: string])[]): string {
  const items = found.map(
    ([value, label]) => `<div><dt>${escapeHtml(label)}</dt><dd>${escapeHtml(value)}</dd></div>`,
  );
  return `<dl class="tiles">${items.join('')}</dl>`;
}

/** The first names of a list. */
export function listed(names: readonly string[]): string {
  const more = names.length - mostClasses;
  return names.slice(0, mostClasses).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** Named facts as a table; undefined ones are left out. */
export function definitions(
  title: string,
  rows: readonly (readonly [string, string | number | undefined])[],
): string {
  const lines = rows.flatMap(([name, value]) =>
    value === undefined
      ? []
      : [`<tr><th scope="row">${escapeHtml(name)}</th><td>${escapeHtml(String(value))}</td></tr>`],
  );
  return `<table class="facts"><caption>${escapeHtml(title)}</caption>
${lines.join('\n')}
</table>`;
}

/** The files that could not be read; empty if there are none. */
export function skippedSection(skipped: readonly (readonly [path: string, reason: string])[] = []): string {
  if (skipped.length === 0) return '';
  const listed = skipped.slice(0, mostSkipped).map(([path, reason]) => {
    return `<li><code>${escapeHtml(path)}</code> ${escapeHtml(reason)}</li>`;
  });
  const more = skipped.length - listed.length;
  if (more > 0) listed.push(`<li>and ${more.toLocaleString('en')} more</li>`);
  return `<section>
<h2>${groupedCount(skipped.length, 'file')} skipped</h2>
<p>They could not be read as images, and took no part.</p>
<details><summary>Which ones</summary>
<ul>
${listed.join('\n')}
</ul>
</details>
</section>`;
}

/** Four significant digits. */
export function significant(value: number): string {
  return Number(value.toPrecision(4)).toLocaleString('en', { maximumSignificantDigits: 4 });
}
