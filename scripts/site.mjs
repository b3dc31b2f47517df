/**
 * The site of the documents, in `site/dist`: lays the documents out as pages, makes the API reference of the public docstrings, builds
 * all of it by VitePress, and puts the page beside it as the demo. A dead link, a heading that is not there or a public name
 * without a docstring fails. `SITE_BASE=/name/` is the path below which the site is served; default `/`.
 */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { slug } from '../site/slug.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const site = join(root, 'site');
const pages = join(site, '.cache', 'pages');

/** The page of each document. */
const pageOf = new Map([
  ['README.md', 'index.md'],
  ['ARCHITECTURE.md', 'architecture.md'],
  ['CONTRIBUTING.md', 'contributing.md'],
  ['models/README.md', 'models.md'],
  ['test/golden/refine/README.md', 'golden-refine.md'],
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => [`docs/${name}`, name]),
]);

/** What stands at the head of the first page. */
const landing = `---
layout: home
hero:
  name: high-res-mapping
  text: See where a classifier looks
  tagline: A class activation map at full resolution, and the object cut out along its edges. For any ONNX image classifier, in Node and in the browser.
  image: { src: /pictures/hero.jpg, alt: A cup of espresso with its map over it }
  actions:
    - { theme: brand, text: Begin, link: '#install' }
    - { theme: alt, text: Try it here, link: /demo/, target: _self }
    - { theme: alt, text: The words, link: /glossary }
features:
  - { title: Any classifier, details: 'PyTorch, timm, Keras, Hugging Face, Ultralytics: an ONNX file is explained as it stands.', link: /own-model }
  - { title: Full resolution, details: 'Evidence is moved to the pixels where it belongs. None is made or lost, and no prediction changes.', link: /one-picture }
  - { title: Measured, details: 'Boxes, pixels, pointing, faithfulness, with intervals, and what did not work.', link: /localisation }
  - { title: Yours in a minute, details: 'Teach classes of your own on the body of the model that comes along.', link: /commands#2-train }
---

`;

const text = new Map([...pageOf.keys()].map((path) => [path, readFileSync(join(root, path), 'utf8')]));
/** Code does not hold links. */
const fence = /^(```[^\n]*\n[\s\S]*?^```)/gm;
const anchors = new Map([...text].map(([path, content]) => [path, anchorsOf(content)]));
const problems = [];

rmSync(join(site, '.cache', 'pages'), { recursive: true, force: true });
for (const [path, content] of text) writePage(path, content);
if (problems.length > 0) fail(problems.join('\n'));
copy('docs/pictures/hero.jpg', 'public/pictures/hero.jpg');

run('typedoc', 'bin/typedoc', '--options', 'typedoc.json');
run('vitepress', 'bin/vitepress.js', 'build', '.');
const demo = join(root, 'dist', 'web');
if (!existsSync(join(demo, 'index.html'))) fail('the page is not built: npm run build:web');
cpSync(demo, join(site, 'dist', 'demo'), { recursive: true });
console.log(`the site: ${join(site, 'dist')}`);

function writePage(path, content) {
  const parts = content.split(fence);
  let out = parts.map((part, i) => (i % 2 === 1 ? part : linked(path, part))).join('');
  if (path === 'README.md') out = landing + out.slice(out.indexOf('\n## Install'));
  write(pageOf.get(path), out);
}

/** The same, with links that lead to pages and to files beside them. */
function linked(path, part) {
  return part.replace(/(!?)\[((?:[^\]\\]|\\.)*)\]\(([^()\s]*)\)/g, (whole, image, label, target) => {
    if (/^[a-z]+:/.test(target)) return whole;
    const [file, anchor] = target.split('#');
    const to = file === '' ? path : posix.join(posix.dirname(path), file);
    if (pageOf.has(to)) {
      if (anchor !== undefined && !anchors.get(to).has(anchor))
        problems.push(`${path}: no heading ${target}`);
      return `[${label}](./${pageOf.get(to)}${anchor === undefined ? '' : `#${anchor}`})`;
    }
    if (!existsSync(join(root, to))) {
      problems.push(`${path}: no file ${target}`);
      return whole;
    }
    if (image === '!') {
      const place = to.replace(/^docs\//, '');
      copy(to, place);
      return `![${label}](./${place})`;
    }
    // Of a file that is no document, the site has the name alone.
    return label;
  });
}

/** What can be linked to in a document. */
function anchorsOf(content) {
  const found = new Set();
  for (const [, heading] of content.replace(fence, '').matchAll(/^#+ (.*)$/gm)) {
    const name = slug(heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('`', ''));
    let unique = name;
    for (let i = 1; found.has(unique); i++) unique = `${name}-${i}`;
    found.add(unique);
  }
  return found;
}

function write(page, content) {
  mkdirSync(dirname(join(pages, page)), { recursive: true });
  writeFileSync(join(pages, page), content);
}

function copy(from, to) {
  mkdirSync(dirname(join(pages, to)), { recursive: true });
  copyFileSync(join(root, from), join(pages, to));
}

function run(tool, program, ...args) {
  try {
    execFileSync(process.execPath, [join('node_modules', tool, program), ...args], {
      cwd: site,
      stdio: 'inherit',
    });
  } catch {
    fail(`${basename(tool)} failed`);
  }
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
