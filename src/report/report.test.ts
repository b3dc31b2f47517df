import { expect, test } from 'vitest';
import { tensor } from '../tensor/tensor.ts';
import { boxAround, explanationJson, positions } from './explanation.ts';
import { explanationPage } from './explanation-page.ts';

test('positions and the box around them', () => {
  const mask = tensor('uint8', [3, 4], [0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0]);
  expect(positions(mask)).toEqual([
    [1, 1],
    [3, 1],
    [2, 2],
  ]);
  expect(boxAround(positions(mask))).toEqual([1, 1, 4, 3]);
  expect(boxAround([])).toBeNull();
});

test('the JSON says what was kept and where the seeds are', () => {
  const mask = tensor('uint8', [2, 2], [0, 1, 0, 0]);
  const json = explanationJson({
    image: 'a.jpg',
    refinement: {
      bounds: { lower: 0.1, upper: 0.2 },
      focalPoints: mask,
      kept: mask,
      flat: ['high'],
      options: {},
    },
  });
  expect(JSON.parse(json)).toMatchObject({
    image: 'a.jpg',
    map_size: [2, 2],
    bounds: [0.1, 0.2],
    focal_points_xy: [[1, 0]],
    kept_box: [1, 0, 2, 1],
    kept_share: 0.25,
    flat_maps: ['high'],
  });
});

test('the page escapes names, also in addresses', () => {
  const html = explanationPage({
    title: 'A <b> & "c"',
    intro: ['<i>'],
    items: [
      {
        name: 'cat#1',
        overlay: 'cat#1.png',
        pipeline: 'p?.png',
        predictions: [],
        explained: '<cat>',
        truth: 'x',
        where: "it's <here>",
      },
    ],
  });
  expect(html).toContain('A &lt;b&gt; &amp; &quot;c&quot;');
  expect(html).toContain('src="cat%231.png"');
  expect(html).toContain('href="p%3F.png"');
  expect(html).toContain('it&#39;s &lt;here&gt;');
  expect(html).not.toMatch(/<(cat|i|here)>/);
});
