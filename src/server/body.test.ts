import { expect, test } from 'vitest';
import { ByteBudget, type Content, withContent } from './body.ts';

const picture = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);

function post(body: BodyInit | null, headers: Record<string, string> = {}): Request {
  return new Request('http://localhost/', { method: 'POST', body, headers, duplex: 'half' } as RequestInit);
}

async function read(
  request: Request,
  { maxBytes = 10_000, budget = new ByteBudget(20_000) } = {},
): Promise<Content> {
  const content = await withContent(request, { maxBytes, budget }, async (found) => found);
  budget.take(20_000); // all of it has been given back
  return content;
}

function form(parts: Record<string, string | Blob>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(parts)) data.append(name, value);
  return data;
}

/** A form by hand. */
function raw(text: string): Request {
  return post(text.replaceAll('\n', '\r\n'), { 'Content-Type': 'multipart/form-data; boundary=B' });
}

const refused = (status: number, message: string) =>
  expect.objectContaining({ status, message: expect.stringContaining(message) });

test('a picture', async () => {
  const { image, fields } = await read(post(picture, { 'Content-Type': 'Image/PNG; x=y' }));
  expect(new Uint8Array(image)).toEqual(picture);
  expect(fields).toEqual([]);
});

test('a form with a picture and fields', async () => {
  const image = new Blob([picture], { type: 'image/png' });
  const { image: found, fields } = await read(post(form({ class: 'Straße', image, outputs: 'mask' })));
  expect(new Uint8Array(found)).toEqual(picture);
  expect(fields).toEqual([
    ['class', 'Straße'],
    ['outputs', 'mask'],
  ]);
});

test('a body that comes in pieces, as long as is allowed', async () => {
  const pieces = new ReadableStream({
    start(controller) {
      for (let i = 0; i < 1000; i += 100) controller.enqueue(picture.slice(i, i + 100));
      controller.close();
    },
  });
  const { image } = await read(post(pieces, { 'Content-Type': 'image/png' }), { maxBytes: 1000 });
  expect(new Uint8Array(image)).toEqual(picture);
});

test.each([
  undefined,
  '',
  'text/plain',
  'application/json',
  'image/svg+xml',
  'image/',
  'multipart/mixed; boundary=B',
])('the content type %s is refused', async (type) => {
  const request = post(picture, type === undefined ? {} : { 'Content-Type': type });
  await expect(read(request)).rejects.toEqual(refused(415, 'the content type is one of image/jpeg,'));
});

test('a compressed body is refused', async () => {
  const request = post(picture, { 'Content-Type': 'image/png', 'Content-Encoding': 'gzip' });
  await expect(read(request)).rejects.toEqual(refused(415, "got the content encoding 'gzip'"));
});

test('a body that is too long is refused: by its head, or as soon as it is', async () => {
  const announced = post(picture, { 'Content-Type': 'image/png', 'Content-Length': '1000' });
  await expect(read(announced, { maxBytes: 999 })).rejects.toEqual(refused(413, 'at most 999 bytes'));
  let sent = 0;
  const endless = new ReadableStream({
    pull(controller) {
      sent += 100;
      controller.enqueue(new Uint8Array(100));
    },
  });
  const request = post(endless, { 'Content-Type': 'image/png' });
  await expect(read(request, { maxBytes: 999 })).rejects.toEqual(refused(413, 'at most 999 bytes'));
  expect(sent).toBeLessThan(2000);
});

test('a body for which there is no room is refused, and what it took is given back', async () => {
  const budget = new ByteBudget(20_000);
  budget.take(19_500);
  const request = post(picture, { 'Content-Type': 'image/png' });
  await expect(withContent(request, { maxBytes: 1e4, budget }, async () => 0)).rejects.toEqual(
    refused(429, ''),
  );
  budget.take(500);
});

test('the room is taken until the work is done, however it ends', async () => {
  const budget = new ByteBudget(1000);
  const send = () => post(picture, { 'Content-Type': 'image/png' });
  await withContent(send(), { maxBytes: 1e4, budget }, async () => {
    expect(() => budget.take(1)).toThrow();
  });
  const failing = withContent(send(), { maxBytes: 1e4, budget }, () => Promise.reject(new Error('no')));
  await expect(failing).rejects.toThrow('no');
  budget.take(1000);
});

test('a body that breaks off is refused', async () => {
  const broken = new ReadableStream({
    start(controller) {
      controller.enqueue(new Uint8Array(10));
      controller.error(new Error('gone'));
    },
  });
  const request = post(broken, { 'Content-Type': 'image/png' });
  await expect(read(request)).rejects.toEqual(refused(400, 'the body is cut short'));
});

const part = (head: string, content: string): string =>
  `--B\nContent-Disposition: form-data; ${head}\n\n${content}\n`;

test.each<[string, Request, number, string]>([
  ['no body', post('', { 'Content-Type': 'image/png' }), 422, 'the body is empty'],
  ['no boundary', post('x', { 'Content-Type': 'multipart/form-data' }), 400, 'Boundary not found'],
  ['an empty form', raw(''), 400, 'the form cannot be read'],
  ['no form', raw('hello'), 400, 'the form cannot be read'],
  [
    'a form cut short',
    raw(part('name="image"; filename="a"', 'x').slice(0, -6)),
    400,
    'the form cannot be read',
  ],
  ['a form without its end', raw(part('name="image"; filename="a"', 'x')), 400, 'the form cannot be read'],
  ['a form without an image', raw(`${part('name="class"', 'a')}--B--\n`), 422, "no part called 'image'"],
  ['an empty image', raw(`${part('name="image"; filename="a"', '')}--B--\n`), 422, "'image' is empty"],
  [
    'another file',
    raw(`${part('name="photo"; filename="a"', 'x')}--B--\n`),
    422,
    "is called 'image', got 'photo'",
  ],
  [
    'two files',
    raw(`${part('name="image"; filename="a"', 'x').repeat(2)}--B--\n`),
    422,
    'a form has one file',
  ],
  ['many fields', raw(`${part('name="a"', 'x').repeat(33)}--B--\n`), 422, 'at most 32 fields'],
  ['a long field', raw(`${part('name="class"', 'x'.repeat(1001))}--B--\n`), 422, 'at most 1000 bytes'],
])('%s is refused', async (_, request, status, message) => {
  await expect(read(request)).rejects.toEqual(refused(status, message));
});

test('a field is never a file on the disk, whatever its name', async () => {
  const { image } = await read(
    raw(`${part('name="image"; filename="../../etc/passwd"', 'x')}${part('name="__proto__"', 'y')}--B--\n`),
  );
  expect(new TextDecoder().decode(image)).toBe('x');
});
