/** What the HTML pages share: a document that needs no script, no network and no server. */
import { escapeXml } from '../render/svg.ts';

/** Text as the content of an element, or as the value of an attribute. */
export const escapeHtml: (content: string) => string = escapeXml;

/**
 * One HTML document, light or dark by the reader's preference, light in print.
 * @param style CSS rules after the shared ones
 * @param body HTML, escaped
 */
export function htmlPage({ title, style, body }: { title: string; style: string; body: string }): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${shared}${style}</style>
</head>
<body>
${body}
</body>
</html>
`;
}

const shared = `
:root { color-scheme: light dark; --line: #8884; --bar: #d1495b; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 68rem; padding: 1.5rem; }
h1 { font-size: 1.6rem; margin: 0 0 .5rem; }
h2 { font-size: 1.1rem; margin: 0 0 .75rem; }
header p { max-width: 46rem; margin: .4rem 0; }
img { max-width: 100%; height: auto; border-radius: 6px; display: block; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; font-weight: 600; padding-bottom: .25rem; }
th { font-weight: 400; text-align: left; padding: .15rem .75rem .15rem 0; white-space: nowrap; }
td { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.bar i { display: block; height: .7rem; min-width: 1px; background: var(--bar); border-radius: 2px; }
summary { cursor: pointer; margin-top: 1rem; }
@media print { :root { color-scheme: light; } body { max-width: none; padding: 0; } }
`;
