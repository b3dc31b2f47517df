/** The site of the documents. `scripts/site.ts` lays its pages in `site/.cache/pages` before. */
import { defineConfig } from 'vitepress';
import { slug } from '../../scripts/slug.ts';

const item = (text, link) => ({ text, link: `/${link}` });

const base = process.env.SITE_BASE ?? '/';

export default defineConfig({
  lang: 'en',
  title: 'high-res-mapping',
  description: 'See where in a picture an image classifier finds its evidence, at full resolution.',
  base,
  srcDir: '.cache/pages',
  cacheDir: '.cache/vitepress',
  outDir: 'dist',
  cleanUrls: false,
  // A dead link fails the build, which is VitePress' default. The demo is copied in afterwards.
  ignoreDeadLinks: false,
  lastUpdated: false,
  head: [
    ['meta', { name: 'theme-color', content: '#1d5a94' }],
    ['link', { rel: 'icon', href: `${base}icon.svg` }],
  ],
  markdown: { anchor: { slugify: slug }, toc: { slugify: slug }, headers: { slugify: slug } },
  themeConfig: {
    outline: { level: [2, 3], label: 'On this page' },
    search: { provider: 'local' },
    nav: [
      item('Guide', 'guide'),
      item('Glossary', 'glossary'),
      item('Figures', 'localisation'),
      item('API', 'api/'),
      { text: 'Demo', link: '/demo/', target: '_self' },
    ],
    sidebar: [
      {
        text: 'Start',
        items: [
          item('Overview, installation', ''),
          item('Glossary', 'glossary'),
          item('One photograph', 'one-picture'),
          item('The page in a browser', 'page'),
        ],
      },
      {
        text: 'Use',
        items: [
          item('Your own classifier', 'own-model'),
          item('Guide: how to do each job', 'guide'),
          item('Commands: the reference', 'commands'),
          item('In a program', 'program'),
          item('The server', 'server'),
          item('Many pictures', 'bulk'),
          item('On a GPU', 'gpu'),
          item('Several machines', 'cluster'),
        ],
      },
      {
        text: 'Figures',
        items: [
          item('How good the maps are', 'localisation'),
          item('Classifiers of other programs', 'classifiers'),
          item('Performance', 'performance'),
          item('Reliability', 'reliability'),
          item('The models in the package', 'models'),
        ],
      },
      {
        text: 'API',
        collapsed: true,
        items: ['', 'node', 'browser', 'models', 'graph', 'train', 'metrics', 'report'].map((name) =>
          item(
            name === '' ? 'high-res-mapping' : `…/${name}`,
            name === '' ? 'api/high-res-mapping' : `api/high-res-mapping/${name}`,
          ),
        ),
      },
      {
        text: 'Inside',
        collapsed: true,
        items: [
          item('Architecture', 'architecture'),
          item('Contributing', 'contributing'),
          item('How to find a wrong gradient', 'wrong-gradient'),
        ],
      },
    ],
  },
});
