import { expect, test } from 'vitest';
import { tensor } from '../tensor/tensor.ts';
import { explanationJson, positions } from './explanation.ts';
import { explanationPage } from './explanation-page.ts';

test('positions', () => {
  const mask = tensor('uint8', [3, 4], [0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0]);
  expect(positions(mask)).toEqual([
    [1, 1],
    [3, 1],
    [2, 2],
  ]);
});

test('the JSON has the kept part and the seeds', () => {
  const mask = tensor('uint8', [2, 2], [0, 1, 0, 0]);
  const json = explanationJson({
    image: 'a.jpg',
    of: {
      full: { pictureSize: { height: 20, width: 10 }, mask, kept: 1, box: [5, 0, 10, 10] },
      refinement: {
        bounds: { lower: 0.1, upper: 0.2 },
        focalPoints: mask,
        kept: mask,
        flat: ['high'],
        options: {},
      },
    },
  });
  expect(JSON.parse(json)).toMatchObject({
    image: 'a.jpg',
    picture_size: [10, 20],
    result_size: [2, 2],
    box: [5, 0, 10, 10],
    box_coco: [5, 0, 5, 10],
    share: 0.25,
    map_size: [2, 2],
    bounds: [0.1, 0.2],
    focal_points_xy: [[1, 0]],
    kept_box: [1, 0, 2, 1],
    kept_share: 0.25,
    flat_maps: ['high'],
  });
});

test('the JSON lists several classes; without kept pixels there is no box', () => {
  const mask = tensor('uint8', [1, 2]);
  const refinement = { kept: mask, flat: [], options: {} };
  const full = { pictureSize: { height: 1, width: 2 }, mask, kept: 0 };
  const explained = { index: 1, name: 'cat', probability: 0.5 };
  const json = JSON.parse(
    explanationJson({ image: 'a.jpg', of: [{ explained, full, refinement }, { refinement }] }),
  );
  expect(json.classes).toHaveLength(2);
  expect(json.classes[0]).toMatchObject({ explained_class: explained, box: null, box_coco: null, share: 0 });
  expect(json.classes[1]).not.toHaveProperty('picture_size');
});

test('the page escapes names, also in links', () => {
  const html = explanationPage({
    title: 'A <b> & "c"',
    intro: ['<i>'],
    items: [
      {
        name: 'cat#1',
        figure: 'cat#1.png',
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
