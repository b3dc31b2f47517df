import { decode } from 'fast-png';
import { expect, test } from 'vitest';
import { tensor } from '../tensor/tensor.ts';
import { coordinate, element, escapeXml, pngDataUri, svgDocument, text } from './svg.ts';

test('escapes markup in text and attributes, replaces forbidden characters', () => {
  expect(escapeXml(`<&"'>`)).toBe('&lt;&amp;&quot;&#39;&gt;');
  expect(escapeXml('a\u0000b\ud800c\ud83d\ude00\n')).toBe('a\ufffdb\ufffdc\ud83d\ude00\n');
  expect(text('a < b', { x: 1, class: 'q"' })).toBe('<text x="1" class="q&quot;">a &lt; b</text>');
});

test('an element omits undefined attributes and rounds numbers', () => {
  expect(element('rect', { x: 1 / 3, y: -0.001, fill: undefined })).toBe('<rect x="0.33" y="0"/>');
  expect(() => coordinate(Number.NaN)).toThrow('internal: SVG coordinate NaN');
});

test('a document has a role, a title and a description', () => {
  const svg = svgDocument({ width: 10, height: 5, title: 'A & B', description: 'c' }, '<g/>');
  expect(svg).toContain('role="img"><title>A &amp; B</title><desc>c</desc>');
  expect(svg).toContain('viewBox="0 0 10 5"');
});

test.each([1, 3, 4])('reads back a picture of %i channels from its data URI', (channels) => {
  const data = Uint8Array.from({ length: 70 * 6 * channels }, (_, i) => (i * 7) % 256);
  const uri = pngDataUri(tensor('uint8', [70, 6, channels], data));
  expect(uri).toMatch(/^data:image\/png;base64,/);
  const png = decode(Uint8Array.from(atob(uri.slice(22)), (c) => c.charCodeAt(0)));
  expect([png.height, png.width, png.channels]).toEqual([70, 6, channels]);
  expect(png.data).toEqual(data);
});

test("rejects a shape that is not a picture's", () => {
  expect(() => pngDataUri(tensor('uint8', [4, 4]))).toThrow('[H, W, 1 to 4], this one has [4,4]');
  expect(() => pngDataUri(tensor('uint8', [0, 4, 3]))).toThrow('this one has [0,4,3]');
});
