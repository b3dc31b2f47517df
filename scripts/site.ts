/**
 * The site of the documents, in `site/dist`: lays the documents out as pages, makes the API reference of the
 * public docstrings, builds all of it by VitePress, and puts the page beside it as the demo. A dead link, a
 * heading that is not there or a public name without a docstring fails. `SITE_BASE=/name/` is the path below
 * which the site is served; default `/`.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sitePages } from './site-pages.ts';

const root = join(import.meta.dirname, '..');
const site = join(root, 'site');
const folder = join(site, '.cache', 'pages');

/** What stands at the head of the first page, in the place of the README's. */
const landing = `---
layout: home
hero:
  name: high-res-mapping
  text: See where a classifier looks
  tagline: A class activation map at full resolution, and the object cut out along its edges. For any ONNX image classifier, in Node and in the browser.
  image: { src: /hero.jpg, alt: A cup of espresso with its map over it }
  actions:
    - { theme: brand, text: Begin, link: '#install' }
    - { theme: alt, text: Try it here, link: /demo/, target: _self }
    - { theme: alt, text: Glossary, link: /glossary }
features:
  - { title: Any classifier, details: 'PyTorch, timm, Keras, Hugging Face, Ultralytics: an ONNX file is explained without changes.', link: /own-model }
  - { title: Full resolution, details: 'Evidence moves to the pixels where it belongs. None is added or lost, and no prediction changes.', link: /one-picture }
  - { title: Measured, details: 'Boxes, pixels, pointing, faithfulness, with confidence intervals, and what did not work.', link: /localisation }
  - { title: Yours in a minute, details: 'Train a classifier for your own classes on the features of the model in the package.', link: /commands#2-train }
---

`;

function main(): void {
  const { pages, problems } = sitePages();
  if (problems.length > 0) throw new Error(problems.join('\n'));
  rmSync(folder, { recursive: true, force: true });
  for (const { page, text, pictures } of pages) {
    write(page, page === 'index.md' ? landing + text.slice(text.indexOf('\n![')) : text);
    for (const [from, to] of pictures) copy(from, to);
  }
  copy('docs/pictures/hero.jpg', 'public/hero.jpg');
  copy('src/web/public/icon.svg', 'public/icon.svg');
  run('typedoc', 'bin/typedoc', '--options', 'typedoc.json');
  nameGiven();
  run('vitepress', 'bin/vitepress.js', 'build', '.');
  cpSync(join(root, 'dist', 'web'), join(site, 'dist', 'demo'), { recursive: true });
  console.log(`the site: ${join(site, 'dist')}`);
}

/** TypeDoc has no name for a destructured parameter; `given` reads better than what it writes. */
function nameGiven(): void {
  const api = join(folder, 'api');
  for (const name of readdirSync(api, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.md')) continue;
    const text = readFileSync(join(api, name), 'utf8');
    writeFileSync(join(api, name), text.replaceAll('__namedParameters', 'given'));
  }
}

function write(page: string, text: string): void {
  mkdirSync(dirname(join(folder, page)), { recursive: true });
  writeFileSync(join(folder, page), text);
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(join(folder, to)), { recursive: true });
  copyFileSync(join(root, from), join(folder, to));
}

function run(tool: string, program: string, ...args: string[]): void {
  try {
    execFileSync(process.execPath, [join('node_modules', tool, program), ...args], {
      cwd: site,
      stdio: 'inherit',
    });
  } catch {
    throw new Error(`${tool} failed`);
  }
}

try {
  main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
