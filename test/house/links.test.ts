/** Every link between the documents leads somewhere: to a file that is there, to a heading that it has. */
import { expect, test } from 'vitest';
import { sitePages } from '../../scripts/site-pages.ts';

test('links and headings', () => {
  const { pages, problems } = sitePages();
  expect(pages.length).toBeGreaterThan(20);
  expect(problems).toEqual([]);
});
