import { expect, test } from 'vitest';
import { type Content, readForm } from './form.ts';

const picture = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);

const refused = (status: number, message: string) =>
  expect.objectContaining({ status, message: expect.stringContaining(message) });

test('reads a form with a picture and fields, as sent by browsers', async () => {
  const form = new FormData();
  form.append('class', 'Straße');
  form.append('image', new Blob([picture], { type: 'image/png' }), 'a.png');
  form.append('outputs', 'mask');
  const request = new Request('http://localhost/', { method: 'POST', body: form });
  const bytes = new Uint8Array(await request.clone().arrayBuffer());
  const { images, isList, fields } = await readForm(bytes, request.headers.get('content-type') ?? '');
  expect([images, isList]).toEqual([[picture], false]);
  expect(fields).toEqual([
    ['class', 'Straße'],
    ['outputs', 'mask'],
  ]);
});

/** A form built by hand. */
const raw = (text: string, type = 'multipart/form-data; boundary=B'): Promise<Content> =>
  readForm(new TextEncoder().encode(text.replaceAll('\n', '\r\n')), type);

const part = (head: string, content: string): string =>
  `--B\nContent-Disposition: form-data; ${head}\n\n${content}\n`;
const image = part('name="image"; filename="a"', 'x');

test.each<[string, string, number, string]>([
  ['an empty form', '', 400, 'the form cannot be read'],
  ['a body that is not a form', 'hello', 400, 'the form cannot be read'],
  ['a form cut short', image.slice(0, -6), 400, 'the form cannot be read'],
  ['a form without its end', image, 400, 'the form cannot be read'],
  ['a form without an image', `${part('name="class"', 'a')}--B--\n`, 422, "no part called 'image'"],
  ['an empty image', `${part('name="image"; filename="a"', '')}--B--\n`, 422, "'image' is empty"],
  [
    'another file',
    `${part('name="photo"; filename="a"', 'x')}--B--\n`,
    422,
    "must have the name 'image', got 'photo'",
  ],
  [
    'a file without a name',
    `${part('filename="a"', 'x')}--B--\n`,
    422,
    'each part of a form must have a name',
  ],
  [
    'a field without a name',
    `${part('x=y', 'x')}${image}--B--\n`,
    422,
    'each part of a form must have a name',
  ],
  ['many files', `${image.repeat(17)}--B--\n`, 422, 'a form has at most 16 files'],
  [
    'several files, one of them empty',
    `${image}${part('name="image"; filename="a"', '')}--B--\n`,
    422,
    "'image' is empty",
  ],
  ['many fields', `${part('name="a"', 'x').repeat(33)}--B--\n`, 422, 'at most 32 fields'],
  ['many more', `${part('name="a"', 'x').repeat(100_000)}--B--\n`, 422, 'at most 32 fields and 16 files'],
  ['a long field', `${part('name="class"', 'x'.repeat(1001))}--B--\n`, 422, 'at most 1000 bytes'],
])('rejects %s', async (_, text, status, message) => {
  await expect(raw(text)).rejects.toEqual(refused(status, message));
});

test('rejects a form without a boundary', async () => {
  await expect(raw(image, 'multipart/form-data')).rejects.toEqual(refused(400, 'Boundary not found'));
});

test('reads 32 fields and a file, with a quoted boundary', async () => {
  const text = `${part('name="a"', 'y').repeat(32)}${image}--B--\n`.replaceAll('--B', '--B c');
  const { fields, images } = await raw(text, 'multipart/form-data; boundary="B c"');
  expect(fields).toHaveLength(32);
  expect(new TextDecoder().decode(images[0])).toBe('x');
});

test('reads several files in order', async () => {
  const files = ['x', 'yy', 'z'].map((text) => part('name="image"; filename="a"', text));
  const { images, isList, fields } = await raw(`${files.join(part('name="top_k"', '3'))}--B--\n`);
  expect(images.map((one) => new TextDecoder().decode(one))).toEqual(['x', 'yy', 'z']);
  expect(isList).toBe(true);
  expect(fields).toHaveLength(2);
});

test('ignores the name of a file', async () => {
  const { images, fields } = await raw(
    `${part('name="image"; filename="../../etc/passwd"', 'x')}${part('name="__proto__"', 'y')}--B--\n`,
  );
  expect(new TextDecoder().decode(images[0])).toBe('x');
  expect(fields).toEqual([['__proto__', 'y']]);
});
