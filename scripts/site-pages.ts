/** The documents as pages of the site: which page each becomes, and where its links lead. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { slug } from './slug.ts';

const root = join(import.meta.dirname, '..');

/** The page of each document. */
export const pageOf: ReadonlyMap<string, string> = new Map([
  ['README.md', 'index.md'],
  ['ARCHITECTURE.md', 'architecture.md'],
  ['CONTRIBUTING.md', 'contributing.md'],
  ['models/README.md', 'models.md'],
  ['test/golden/refine/README.md', 'golden-refine.md'],
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name): [string, string] => [`docs/${name}`, name]),
]);

export interface Page {
  /** Of the site, such as `guide.md`. */
  readonly page: string;
  readonly text: string;
  /** Pictures that it shows: where each lies in the project, and on the site. */
  readonly pictures: ReadonlyMap<string, string>;
}

/** Code, in which there are neither links nor headings. */
const fence = /^(```[^\n]*\n[\s\S]*?^```)/gm;

/** All pages, and what is wrong with their links: a file or a heading that is not there. */
export function sitePages(): { readonly pages: readonly Page[]; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const texts = new Map([...pageOf.keys()].map((path) => [path, readFileSync(join(root, path), 'utf8')]));
  const anchors = new Map([...texts].map(([path, text]) => [path, anchorsOf(text)]));
  const titles = new Map([...texts].map(([path, text]) => [path, /^# (.*)$/m.exec(text)?.[1] ?? path]));

  /** The same, with links that lead to pages and to files beside them. */
  const linked = (path: string, part: string, pictures: Map<string, string>): string =>
    part.replace(/(!?)\[((?:[^\]\\]|\\.)*)\]\(([^()\s]*)\)/g, (whole, image, label, target: string) => {
      if (/^[a-z]+:/.test(target)) return whole;
      const [file, anchor] = target.split('#');
      const to = file === '' ? path : posix.join(posix.dirname(path), file);
      const page = pageOf.get(to);
      if (page !== undefined) {
        if (anchor !== undefined && !anchors.get(to)?.has(anchor)) {
          problems.push(`${path}: no heading ${target}`);
        }
        // Where a link is called like the file, the page's title says more.
        const words = label.endsWith('.md') || label === 'ARCHITECTURE' ? titles.get(to) : label;
        return `[${words}](./${page}${anchor === undefined ? '' : `#${anchor}`})`;
      }
      if (!existsSync(join(root, to))) problems.push(`${path}: no file ${target}`);
      // Of a file that is neither document nor picture, the site has the name alone.
      if (image !== '!') return label;
      pictures.set(to, to.replace(/^docs\//, ''));
      return `![${label}](./${pictures.get(to)})`;
    });

  const pages = [...texts].map(([path, text]) => {
    const pictures = new Map<string, string>();
    const parts = text.split(fence).map((part, i) => (i % 2 === 1 ? part : linked(path, part, pictures)));
    return { page: pageOf.get(path) as string, text: parts.join(''), pictures };
  });
  return { pages, problems };
}

/** What can be linked to in a document. */
function anchorsOf(text: string): Set<string> {
  const found = new Set<string>();
  for (const [, heading] of text.replace(fence, '').matchAll(/^#+ (.*)$/gm)) {
    const name = slug(heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('`', ''));
    let unique = name;
    for (let i = 1; found.has(unique); i++) unique = `${name}-${i}`;
    found.add(unique);
  }
  return found;
}
