/** What the pages of a training and an evaluation are made of. */
import { groupedCount } from '../text/count.ts';
import { escapeHtml, htmlPage } from './page.ts';
import { reportStyle } from './report-style.ts';

/** At most so many classes are listed among the settings, */
const mostClasses = 60;
/** and so many files that were skipped. */
const mostSkipped = 100;

/** A page: what it is about, in a few sentences, the figures that matter most, then the sections that are not empty. */
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

/** The figures that matter most, large. */
export function tileList(found: readonly (readonly [value: string, label: string])[]): string {
  const items = found.map(
    ([value, label]) => `<div><dt>${escapeHtml(label)}</dt><dd>${escapeHtml(value)}</dd></div>`,
  );
  return `<dl class="tiles">${items.join('')}</dl>`;
}

/** The first names of many. */
export function listed(names: readonly string[]): string {
  const more = names.length - mostClasses;
  return names.slice(0, mostClasses).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** Named facts as a table; what is undefined is left out. */
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

/** The files that could not be read; nothing where there is none. */
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
