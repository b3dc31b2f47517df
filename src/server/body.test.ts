import { expect, test } from 'vitest';
import { type Body, ByteBudget, withBody } from './body.ts';

const picture = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);

function post(body: BodyInit | null, headers: Record<string, string> = {}): Request {
  return new Request('http://localhost/', { method: 'POST', body, headers, duplex: 'half' } as RequestInit);
}

async function read(
  request: Request,
  { maxBytes = 10_000, budget = new ByteBudget(20_000) } = {},
): Promise<Body> {
  const content = await withBody(request, { maxBytes, budget }, async (found) => found);
  budget.take(20_000); // all of the budget has been returned
  return content;
}

const refused = (status: number, message: string) =>
  expect.objectContaining({ status, message: expect.stringContaining(message) });

test('reads a picture', async () => {
  const { bytes, formType } = await read(post(picture, { 'Content-Type': 'Image/PNG; x=y' }));
  expect(new Uint8Array(bytes)).toEqual(picture);
  expect(formType).toBeUndefined();
});

test('leaves a form unread', async () => {
  const type = 'multipart/form-data; boundary="B c"';
  expect(await read(post('x', { 'Content-Type': type }))).toMatchObject({ formType: type });
});

test('reads a body in pieces, up to the permitted length', async () => {
  const pieces = new ReadableStream({
    start(controller) {
      for (let i = 0; i < 1000; i += 100) controller.enqueue(picture.slice(i, i + 100));
      controller.close();
    },
  });
  const { bytes } = await read(post(pieces, { 'Content-Type': 'image/png' }), { maxBytes: 1000 });
  expect(new Uint8Array(bytes)).toEqual(picture);
});

test.each([
  undefined,
  '',
  'text/plain',
  'application/json',
  'application/octet-stream',
  'application/x-www-form-urlencoded',
  'image/jpg',
  'image/pjpeg',
  'image/svg+xml',
  'x',
])('recognises a picture by its bytes, not by the content type %s', async (type) => {
  const send = (bytes: BodyInit): Promise<Body> =>
    read(post(bytes, type === undefined ? {} : { 'Content-Type': type }));
  const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0);
  expect(await send(jpeg)).toEqual({ bytes: Buffer.from(jpeg) });
  expect(await send(' {"image": "x"}')).toMatchObject({ formType: 'application/json' });
});

test('parses a body declared as JSON as JSON, so that the error is about JSON', async () => {
  expect(await read(post('[1]', { 'Content-Type': 'application/json; charset=utf-8' }))).toMatchObject({
    formType: 'application/json',
  });
  expect(await read(post('[1]', { 'Content-Type': 'text/plain' }))).not.toHaveProperty('formType');
});

test.each(['multipart/mixed; boundary=B', 'multipart/form-data-x'])('rejects %s', async (type) => {
  await expect(read(post(picture, { 'Content-Type': type }))).rejects.toEqual(
    refused(415, `a body must be a picture, multipart/form-data or application/json, got '${type}'`),
  );
});

test('rejects a compressed body', async () => {
  const request = post(picture, { 'Content-Type': 'image/png', 'Content-Encoding': 'gzip' });
  await expect(read(request)).rejects.toEqual(refused(415, "got the content encoding 'gzip'"));
});

test('rejects a body that is too long, by its header or as soon as it is', async () => {
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

test('rejects a body beyond the budget and frees its bytes', async () => {
  const budget = new ByteBudget(20_000);
  budget.take(19_500);
  const request = post(picture, { 'Content-Type': 'image/png' });
  await expect(withBody(request, { maxBytes: 1e4, budget }, async () => 0)).rejects.toEqual(refused(429, ''));
  budget.take(500);
});

test('holds its bytes until the work is done, however it ends', async () => {
  const budget = new ByteBudget(1000);
  const send = () => post(picture, { 'Content-Type': 'image/png' });
  await withBody(send(), { maxBytes: 1e4, budget }, async () => {
    expect(() => budget.take(1)).toThrow();
  });
  const failing = withBody(send(), { maxBytes: 1e4, budget }, () => Promise.reject(new Error('no')));
  await expect(failing).rejects.toThrow('no');
  budget.take(1000);
});

test('rejects a body that breaks off', async () => {
  const broken = new ReadableStream({
    start(controller) {
      controller.enqueue(new Uint8Array(10));
      controller.error(new Error('gone'));
    },
  });
  const request = post(broken, { 'Content-Type': 'image/png' });
  await expect(read(request)).rejects.toEqual(refused(400, 'the body is cut short'));
});

test('rejects an empty body', async () => {
  await expect(read(post('', { 'Content-Type': 'image/png' }))).rejects.toEqual(
    refused(422, 'the body is empty'),
  );
  await expect(read(post(null, { 'Content-Type': 'image/png' }))).rejects.toEqual(
    refused(422, 'the body is empty'),
  );
});
