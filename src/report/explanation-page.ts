/** A page of explained pictures: HTML that needs no script, no network and no server. */
import { inPercent, percent } from '../text/percent.ts';
import { escapeHtml, htmlPage } from './page.ts';

export interface PageItem {
  readonly name: string;
  /** Names of files beside the page. */
  readonly figure: string;
  readonly pipeline: string;
  readonly predictions: readonly { readonly name: string; readonly probability: number }[];
  readonly explained: string;
  /** The true class, if it is known. */
  readonly truth?: string;
  /** A sentence on where to look. */
  readonly where: string;
}

export interface Page {
  readonly title: string;
  /** Paragraphs above the pictures. */
  readonly intro: readonly string[];
  readonly items: readonly PageItem[];
}

/** The page as one HTML document. */
export function explanationPage({ title, intro, items }: Page): string {
  const body = `<header>
<h1>${escapeHtml(title)}</h1>
${intro.map((text) => `<p>${escapeHtml(text)}</p>`).join('\n')}
</header>
<main>
${items.map(article).join('\n')}
</main>`;
  return htmlPage({ title, style, body });
}

function article({ name, figure, pipeline, predictions, explained, truth, where }: PageItem): string {
  const verdict =
    truth === undefined
      ? ''
      : `<p class="truth">In the picture: <b>${escapeHtml(truth)}</b>${truth === predictions[0]?.name ? '' : ' (predicted wrong)'}</p>`;
  return `<article>
<h2>${escapeHtml(name)}</h2>
<div class="row">
<a href="${encodeURIComponent(figure)}"><img src="${encodeURIComponent(figure)}" alt="${escapeHtml(`${name}, the refined map of ${explained} laid over it, and what is kept`)}"></a>
<div>
<table><caption>Predictions</caption>
${predictions.map(row).join('\n')}
</table>
${verdict}
<p>${escapeHtml(where)}</p>
</div>
</div>
<details><summary>How the map was computed</summary>
<a href="${encodeURIComponent(pipeline)}"><img class="wide" src="${encodeURIComponent(pipeline)}" loading="lazy" alt="${escapeHtml(`every step of the refinement for ${name}`)}"></a>
</details>
</article>`;
}

function row({ name, probability }: PageItem['predictions'][number]): string {
  return `<tr><th scope="row">${escapeHtml(name)}</th><td class="bar"><i style="width:${inPercent(probability)}%"></i></td><td>${percent(probability)}</td></tr>`;
}

const style = `
article { border-top: 1px solid var(--line); padding: 1.5rem 0; }
.row { display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: flex-start; }
.row > a { flex: 0 1 26rem; }
.row > div { flex: 1 1 18rem; }
img { background: #fff; }
img.wide { margin-top: 1rem; width: 100%; }
td.bar { width: 60%; padding-right: .75rem; }
`;
