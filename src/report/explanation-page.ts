/** A page of explained pictures: HTML that needs no script, no network and no server. */

export interface PageItem {
  readonly name: string;
  /** Files beside the page. */
  readonly overlay: string;
  readonly pipeline: string;
  readonly predictions: readonly { readonly name: string; readonly probability: number }[];
  readonly explained: string;
  /** What the picture truly shows, where that is known. */
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
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${escapeHtml(title)}</h1>
${intro.map((text) => `<p>${escapeHtml(text)}</p>`).join('\n')}
</header>
<main>
${items.map(article).join('\n')}
</main>
</body>
</html>
`;
}

function article({ name, overlay, pipeline, predictions, explained, truth, where }: PageItem): string {
  const verdict =
    truth === undefined
      ? ''
      : `<p class="truth">In the picture: <b>${escapeHtml(truth)}</b>${truth === predictions[0]?.name ? '' : ' (predicted wrong)'}</p>`;
  return `<article>
<h2>${escapeHtml(name)}</h2>
<div class="row">
<a href="${encodeURIComponent(overlay)}"><img src="${encodeURIComponent(overlay)}" alt="${escapeHtml(`${name} with the refined map of ${explained} laid over it`)}"></a>
<div>
<table><caption>Predictions</caption>
${predictions.map(row).join('\n')}
</table>
${verdict}
<p>${escapeHtml(where)}</p>
</div>
</div>
<details><summary>How the map came about</summary>
<a href="${encodeURIComponent(pipeline)}"><img class="wide" src="${encodeURIComponent(pipeline)}" loading="lazy" alt="${escapeHtml(`every step of the refinement for ${name}`)}"></a>
</details>
</article>`;
}

function row({ name, probability }: PageItem['predictions'][number]): string {
  const percent = (100 * probability).toFixed(1);
  return `<tr><th scope="row">${escapeHtml(name)}</th><td class="bar"><i style="width:${percent}%"></i></td><td>${percent} %</td></tr>`;
}

function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character]);
}

const style = `
:root { color-scheme: light dark; --line: #8884; --bar: #d1495b; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 68rem; padding: 1.5rem; }
h1 { font-size: 1.6rem; margin: 0 0 .5rem; }
h2 { font-size: 1.1rem; margin: 0 0 .75rem; }
header p { max-width: 46rem; margin: .4rem 0; }
article { border-top: 1px solid var(--line); padding: 1.5rem 0; }
.row { display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: flex-start; }
.row > a { flex: 0 1 26rem; }
.row > div { flex: 1 1 18rem; }
img { max-width: 100%; height: auto; background: #fff; border-radius: 6px; display: block; }
img.wide { margin-top: 1rem; width: 100%; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; font-weight: 600; padding-bottom: .25rem; }
th { font-weight: 400; text-align: left; padding: .15rem .75rem .15rem 0; white-space: nowrap; }
td { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.bar { width: 60%; padding-right: .75rem; }
td.bar i { display: block; height: .7rem; min-width: 1px; background: var(--bar); border-radius: 2px; }
summary { cursor: pointer; margin-top: 1rem; }
`;
