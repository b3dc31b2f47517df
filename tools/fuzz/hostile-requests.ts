/**
 * Malicious requests, and those of broken clients, seeded, each with the answers that a server may give.
 * `runHostile` sends them all to a server, several at a time, and returns the outcomes.
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { type Random, random } from '../../src/tensor/random.ts';
import { damageBytes } from './damage-bytes.ts';
import { hugeJpeg, hugePng } from './huge-pictures.ts';

export interface HostileCase {
  /** The kind of attack or fault. */
  readonly kind: string;
  readonly name: string;
  /** The correct answers; 'closed': the connection ends without one. */
  readonly allowed: readonly Outcome[];
  readonly send: (port: number) => Promise<Outcome>;
}

/** 'reset': the connection was cut before an answer could be read. */
export type Outcome = number | 'closed' | 'reset' | 'no answer';

export interface HostileResult {
  readonly kind: string;
  readonly name: string;
  readonly outcome: Outcome;
  readonly ok: boolean;
  readonly milliseconds: number;
}

/** Time limit of a case, in milliseconds: for servers that hang, not for slow machines. */
const patience = 1_200_000;
/** How often a request is repeated if its answer is lost to a reset. */
const mostTries = 20;

/**
 * Sends text or bytes over a socket of its own.
 * @returns the first answer's status
 */
async function raw(port: number, talk: (socket: Socket) => void, most: number = patience): Promise<Outcome> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    if (/^HTTP\/1.1 (?!100)\d{3} /.test(text)) socket.destroy();
  });
  let reset = false;
  socket.on('error', ({ code }: NodeJS.ErrnoException) => {
    reset ||= code === 'ECONNRESET' || code === 'EPIPE';
  });
  const ended = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  talk(socket);
  const late = new AbortController();
  const first = await Promise.race([
    ended.then(() => 'ended'),
    sleep(most, 'late', { signal: late.signal }).catch(() => 'ended'),
  ]);
  late.abort();
  socket.destroy();
  const [, status] = /^HTTP\/1.1 (\d{3}) /.exec(text) ?? [];
  if (status !== undefined) return Number(status);
  if (first === 'late') return 'no answer';
  return reset ? 'reset' : 'closed';
}

const head = (method: string, path: string, ...headers: string[]): string =>
  `${[`${method} ${path} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...headers].join('\r\n')}\r\n\r\n`;

function post(
  path: string,
  body: Uint8Array | string,
  type = 'image/png',
  ...headers: string[]
): HostileCase['send'] {
  const bytes = Buffer.from(body as string);
  return (port) =>
    raw(port, (socket) => {
      socket.write(
        head('POST', path, `Content-Type: ${type}`, `Content-Length: ${bytes.length}`, ...headers),
      );
      socket.write(bytes);
    });
}

const line =
  (text: string | Uint8Array): HostileCase['send'] =>
  (port) =>
    raw(port, (socket) => {
      socket.write(text as string);
      // A server waits for the rest of an incomplete request.
      const end = setTimeout(() => socket.end(), 3000);
      socket.on('close', () => clearTimeout(end));
    });

/** PNG chunks, each with its length and its checksum. */
function png(...chunks: readonly (readonly [type: string, data: Uint8Array])[]): Buffer {
  const parts = chunks.map(([type, data]) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const ends = Buffer.alloc(8);
    ends.writeUInt32BE(data.length, 0);
    ends.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
  });
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...parts]);
}

function pngHeader(width: number, height: number, kind = 2): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, kind, 0, 0, 0], 8);
  return header;
}

function bmpHeader(width: number, height: number): Buffer {
  const header = Buffer.alloc(58);
  header.write('BM', 0, 'latin1');
  header.writeUInt32LE(54, 10);
  header.writeUInt32LE(40, 14);
  header.writeInt32LE(width, 18);
  header.writeInt32LE(height, 22);
  header.writeUInt16LE(1, 26);
  header.writeUInt16LE(24, 28);
  return header;
}

/** A GIF whose screen and single frame have this size, without data. */
function gifHeader(width: number, height: number): Buffer {
  const bytes = Buffer.alloc(13 + 10 + 4);
  bytes.write('GIF89a', 0, 'latin1');
  bytes.writeUInt16LE(width, 6);
  bytes.writeUInt16LE(height, 8);
  bytes[13] = 0x2c;
  bytes.writeUInt16LE(width, 18);
  bytes.writeUInt16LE(height, 20);
  bytes.set([2, 1, 0x44, 0, 0x3b].slice(0, 4), 23);
  return bytes;
}

/** A TIFF with one strip and these tags: [tag, type, count, value]. */
function tiff(width: number, height: number, strip = 8): Buffer {
  const tags = [
    [256, 4, 1, width],
    [257, 4, 1, height],
    [258, 3, 1, 8],
    [259, 3, 1, 1],
    [262, 3, 1, 1],
    [273, 4, 1, strip],
    [277, 3, 1, 1],
    [278, 4, 1, height],
    [279, 4, 1, width * height],
  ];
  const bytes = Buffer.alloc(8 + 2 + 12 * tags.length + 4);
  bytes.write('II*\0', 0, 'latin1');
  bytes.writeUInt32LE(8, 4);
  bytes.writeUInt16LE(tags.length, 8);
  for (const [i, [tag, type, count, value]] of tags.entries()) {
    const at = 10 + 12 * i;
    bytes.writeUInt16LE(tag, at);
    bytes.writeUInt16LE(type, at + 2);
    bytes.writeUInt32LE(count, at + 4);
    bytes.writeUInt32LE(value % 2 ** 32, at + 8);
  }
  return bytes;
}

const explain = '/v1/explain?outputs=';
const refused = [413, 422] as const;

async function pictures(rng: Random): Promise<HostileCase[]> {
  const noise = Buffer.from(Array.from({ length: 96 * 80 * 3 }, () => rng.integer(256)));
  const image = sharp(noise, { raw: { width: 96, height: 80, channels: 3 } });
  const cases: HostileCase[] = [];
  for (const format of ['jpeg', 'png', 'webp', 'gif', 'tiff'] as const) {
    const bytes = await image.clone().toFormat(format).toBuffer();
    const name = (i: number): string => `${format} ${i}`;
    for (let i = 0; i < 12; i++) {
      const damaged = damageBytes(bytes, rng);
      cases.push({
        kind: 'damaged pictures',
        name: name(i),
        allowed: [200, ...refused],
        send: post(explain, damaged),
      });
    }
    for (let i = 0; i < 6; i++) {
      const cut = bytes.subarray(0, rng.integer(bytes.length - 2));
      cases.push({
        kind: 'pictures cut short',
        name: name(i),
        allowed: [200, 422],
        send: post(explain, cut),
      });
    }
  }
  return cases;
}

function bombs(): HostileCase[] {
  const data = (bytes: number): Buffer => deflateSync(new Uint8Array(bytes), { level: 9 });
  const end = ['IEND', new Uint8Array(0)] as const;
  const profile = Buffer.concat([Buffer.from('a\0\0', 'latin1'), data(200_000_000)]);
  const files: [name: string, bytes: Uint8Array, allowed: readonly Outcome[]][] = [
    ['PNG of 60000 x 60000', png(['IHDR', pngHeader(60_000, 60_000)], ['IDAT', data(1000)], end), [413]],
    [
      'PNG of 2^31 x 2^31',
      png(['IHDR', pngHeader(0x7fffffff, 0x7fffffff)], ['IDAT', data(10)], end),
      refused,
    ],
    ['PNG of 0 x 0', png(['IHDR', pngHeader(0, 0)], ['IDAT', data(10)], end), [422]],
    ['PNG whose data are missing', png(['IHDR', pngHeader(7000, 7000)], ['IDAT', data(1000)], end), [422]],
    [
      'PNG with 200 MB in few bytes',
      png(['IHDR', pngHeader(64, 64)], ['IDAT', data(200_000_000)], end),
      [200, 422],
    ],
    [
      'PNG with a profile of 200 MB',
      png(['IHDR', pngHeader(64, 64)], ['iCCP', profile], ['IDAT', data(64 * 193)], end),
      [200, 422],
    ],
    [
      'PNG with a text of 200 MB',
      png(['IHDR', pngHeader(64, 64)], ['zTXt', profile], ['IDAT', data(64 * 193)], end),
      [200, 422],
    ],
    [
      'PNG with 20000 chunks',
      png(
        ['IHDR', pngHeader(64, 64)],
        ...Array.from({ length: 20_000 }, () => ['tEXt', Buffer.from('a\0b')] as const),
        ['IDAT', data(64 * 193)],
        end,
      ),
      [200, 422],
    ],
    ['PNG of one bit, 40000 x 40000', hugePng(40_000, 40_000), [413]],
    ['PNG, interlaced, 20000 x 20000', hugePng(20_000, 20_000, true), [413]],
    ['PNG of 50 megapixels, all of them there', hugePng(7000, 7000), [200]],
    ['JPEG of 30000 x 30000', hugeJpeg(30_000, 30_000), [413]],
    ['JPEG, progressive, 20000 x 20000', hugeJpeg(20_000, 20_000, true), [413]],
    ['JPEG of 65535 x 65535, cut short', hugeJpeg(65_535, 65_535).subarray(0, 500), refused],
    ['BMP of 60000 x 60000', bmpHeader(60_000, 60_000), [413]],
    ['BMP of -2^31', bmpHeader(2, -0x80000000), [413]],
    ['BMP whose data are missing', bmpHeader(5000, 5000), [422]],
    ['GIF of 65535 x 65535', gifHeader(65_535, 65_535), refused],
    ['TIFF of 60000 x 60000', tiff(60_000, 60_000), refused],
    ['TIFF of 2^32 - 1', tiff(0xffffffff, 0xffffffff), refused],
    ['TIFF whose data lie outside', tiff(1000, 1000, 0x7fffffff), [422]],
    [
      'SVG',
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'),
      [422],
    ],
    ['nothing', new Uint8Array(0), [422]],
    ['deep JSON', Buffer.from('['.repeat(100_000)), [422]],
  ];
  return files.map(([name, bytes, allowed]) => ({
    kind: 'bombs',
    name,
    allowed,
    send: post(explain, bytes),
  }));
}

function contentTypes(good: Uint8Array): HostileCase[] {
  const types = [
    ...['', 'x', 'text/html', 'application/json', 'image/svg+xml', 'image/x-icon', 'image/*', '*/*', 'image'],
    ...[
      'application/x-www-form-urlencoded',
      'multipart/mixed; boundary=B',
      'multipart/form-data-x; boundary=B',
    ],
    ...[
      'application/octet-stream',
      'image/png/jpeg',
      'image/png, image/jpeg',
      '\u00ff\u00fe',
      'x'.repeat(5000),
    ],
  ];
  return [
    ...types.map((type) => ({
      kind: 'content types',
      name: type.slice(0, 40),
      allowed: [type.startsWith('multipart/') ? 415 : 200],
      send: post(explain, good, type),
    })),
    ...['gzip', 'br', 'deflate', 'x'].map((encoding) => ({
      kind: 'content types',
      name: `encoding ${encoding}`,
      allowed: [415],
      send: post(explain, good, 'image/png', `Content-Encoding: ${encoding}`),
    })),
    {
      kind: 'content types',
      name: 'deep JSON',
      allowed: [400],
      send: post(explain, '{"a":'.repeat(200_000), 'application/json'),
    },
  ];
}

function forms(good: Uint8Array, rng: Random): HostileCase[] {
  const part = (disposition: string, content: string | Uint8Array, ...more: string[]): Buffer =>
    Buffer.concat([
      Buffer.from(['--B', `Content-Disposition: form-data; ${disposition}`, ...more, '', ''].join('\r\n')),
      Buffer.from(content as string),
      Buffer.from('\r\n'),
    ]);
  const image = part('name="image"; filename="a.png"', good);
  const end = Buffer.from('--B--\r\n');
  const whole = Buffer.concat([image, end]);
  const type = 'multipart/form-data; boundary=B';
  const form = (
    name: string,
    allowed: readonly Outcome[],
    body: readonly Uint8Array[],
    as = type,
  ): HostileCase => ({
    kind: 'forms',
    name,
    allowed,
    send: post('/v1/predict', Buffer.concat(body), as),
  });
  return [
    form('no boundary', [400], [whole], 'multipart/form-data'),
    form('an empty boundary', [400], [whole], 'multipart/form-data; boundary='),
    form('a long boundary', [400], [whole], `multipart/form-data; boundary=${'b'.repeat(4000)}`),
    form('another boundary', [400], [whole], 'multipart/form-data; boundary=C'),
    form('no end', [400], [image]),
    form('nothing', [400], []),
    form('the end alone', [400, 422], [end]),
    form('no head', [400, 422], [Buffer.from('--B\r\n\r\nx\r\n'), end]),
    form('a head without an end', [400, 422], [Buffer.from(`--B\r\n${'X: y\r\n'.repeat(5000)}`), end]),
    form(
      'a head of 1 MB',
      [200, 400, 422],
      [part('name="image"; filename="a"', good, `X: ${'x'.repeat(1e6)}`), end],
    ),
    form('100000 parts', [422], [...new Array(100_000).fill(part('name="a"', '1')), end]),
    form('1000 files', [422], [...new Array(1000).fill(image), end]),
    form('a field of 5 MB', [422], [part('name="top_k"', '1'.repeat(5e6)), image, end]),
    form('a name of 1 MB', [400, 422], [part(`name="${'n'.repeat(1e6)}"`, '1'), image, end]),
    form('fields twice', [422], [part('name="top_k"', '1'), part('name="top_k"', '2'), image, end]),
    form('an unknown field', [422], [part('name="toString"', '1'), image, end]),
    form('__proto__', [422], [part('name="__proto__"', '1'), image, end]),
    form('a path as file name', [200], [part('name="image"; filename="../../../etc/passwd"', good), end]),
    form('NUL in a file name', [200, 400, 422], [part('name="image"; filename="a\0b"', good), end]),
    form('a file without a name', [422], [part('filename="a"', good), end]),
    form('NUL in a field', [422], [part('name="top_k"', '1\0'), image, end]),
    form('the image as text', [400, 422], [part('name="image"', 'hello'), end]),
    form(
      'a part in a part',
      [200, 422],
      [part('name="image"; filename="a"', whole, 'Content-Type: multipart/mixed; boundary=B'), end],
    ),
    ...Array.from({ length: 20 }, (_, i) => form(`damaged ${i}`, [200, 400, 422], [damageBytes(whole, rng)])),
    ...Array.from({ length: 10 }, (_, i) =>
      form(`cut ${i}`, [400, 422], [whole.subarray(0, rng.integer(whole.length - 4))]),
    ),
  ];
}

function parameters(good: Uint8Array): HostileCase[] {
  const queries = [
    ...[
      'NaN',
      'Infinity',
      '-1',
      '1e400',
      '0x10',
      '',
      ' ',
      '%00',
      '1;2',
      '[]',
      'null',
      '1'.repeat(8000),
    ].flatMap((value) => [`roi_percentile=${value}`, `im_size=${value}`]),
    ...[
      'class=a&class=b',
      'class=%F0%9F%A6%8A',
      'class=%E2%80%AEdog',
      'class=%00',
      'class=%0a%1b[2J',
      'class=%ff%fe',
    ],
    ...[
      `class=${'%C3%A9'.repeat(1000)}`,
      'class=__proto__',
      'class=constructor',
      'class=../../etc/passwd',
      'class=1e0',
    ],
    ...[
      'class=-1',
      'class=99999999999999999999',
      'class=1.0',
      'class[]=a',
      'class[a]=b',
      '__proto__[x]=y',
      'constructor=1',
    ],
    ...[
      'model=scenes&im_size=33',
      'im_size=1000000',
      'outputs=everything',
      'outputs=mask,mask,x',
      'format=exe',
      'top=99',
      'top=1&class=0',
      'side=0',
      'side=1000000000',
      'deliver=http://example.org',
    ],
    ...[
      'model=../scenes.onnx',
      'model=/etc/passwd',
      'model=',
      'method=__proto__',
      'merge_type=toString',
      '&&&x',
      '=1',
      '%=1',
    ],
    ...[new Array(900).fill('class=a').join('&'), Array.from({ length: 900 }, (_, i) => `p${i}=1`).join('&')],
  ];
  return queries.map((query) => ({
    kind: 'parameters',
    name: query.slice(0, 40),
    allowed: [422],
    send: post(`/v1/explain?${query}`, good),
  }));
}

function paths(): HostileCase[] {
  const targets = [
    ...[
      '/../../etc/passwd',
      '/../../../../../../etc/passwd',
      '/..%2f..%2fetc%2fpasswd',
      '/%2e%2e/%2e%2e/etc/passwd',
    ],
    ...[
      '/%252e%252e/etc/passwd',
      '/..\\..\\etc\\passwd',
      '/..%5c..%5cetc%5cpasswd',
      '/....//....//etc/passwd',
      '//etc/passwd',
    ],
    ...[
      '/%c0%ae%c0%ae/etc/passwd',
      '/assets/../../package.json',
      '/assets/..%2f..%2fpackage.json',
      '/.git/config',
      '/.env',
    ],
    ...[
      '/v1/results/../../etc/passwd',
      '/v1/results/..%2f..%2fetc/passwd',
      '/v1/results/%00/%00',
      '/v1/results/a/b/c',
    ],
    ...[
      '/%00',
      '/index.html%00.js',
      '/a%',
      '/%zz',
      '/%ff',
      '/\u00e9',
      '/v1/model/',
      '/V1/MODEL',
      '/v1//model',
      '/;/v1/model',
    ],
    ...[
      '/node_modules',
      '/dist/cli/main.js',
      '/C:/Windows',
      `/${'a'.repeat(8000)}`,
      `/${'a/'.repeat(4000)}`,
      '/v1/model%3fx',
    ],
    ...[
      '/constructor',
      '/__proto__',
      '/toString',
      '*',
      'model',
      'http://example.org/etc/passwd',
      'file:///etc/passwd',
    ],
  ];
  return targets.map((target) => ({
    kind: 'paths',
    name: target.slice(0, 40),
    allowed: [400, 404, 'closed'],
    send: line(Buffer.from(head('GET', target))),
  }));
}

function methods(): HostileCase[] {
  const names = [
    'PUT',
    'DELETE',
    'PATCH',
    'OPTIONS',
    'TRACE',
    'PROPFIND',
    'PURGE',
    'CONNECT',
    'BREW',
    'get',
    'GET\0',
  ];
  return ['/', '/v1/explain', '/v1/model'].flatMap((path) =>
    names.map((method) => ({
      kind: 'methods',
      name: `${method} ${path}`,
      allowed: [400, 405, 'closed'] as const,
      send: line(head(method, path)),
    })),
  );
}

function wire(good: Uint8Array, rng: Random): HostileCase[] {
  const one = (name: string, allowed: readonly Outcome[], text: string | Uint8Array): HostileCase => ({
    kind: 'the wire',
    name,
    allowed,
    send: line(text),
  });
  const postHead = (...headers: string[]): string =>
    head('POST', '/v1/predict', 'Content-Type: image/png', ...headers);
  const noise = (length: number): Buffer => Buffer.from(Array.from({ length }, () => rng.integer(256)));
  return [
    one('no host', [400], 'GET / HTTP/1.1\r\n\r\n'),
    one('two hosts', [400, 200, 421], 'GET / HTTP/1.1\r\nHost: localhost\r\nHost: example.org\r\n\r\n'),
    one('an empty host', [400, 421], 'GET / HTTP/1.1\r\nHost: \r\n\r\n'),
    one('another host', [421], 'GET / HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n'),
    one('a host with a path', [400, 421], 'GET / HTTP/1.1\r\nHost: localhost/x\r\nConnection: close\r\n\r\n'),
    one(
      'a host with a user',
      [400, 421],
      'GET / HTTP/1.1\r\nHost: localhost@example.org\r\nConnection: close\r\n\r\n',
    ),
    one(
      'an absolute target of another host',
      [400, 404, 421],
      'GET http://example.org/v1/model HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n',
    ),
    one('HTTP/0.9', [400, 'closed'], 'GET /\r\n'),
    one('HTTP/2', [400, 'closed'], 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
    one('HTTP/9.9', [400, 'closed'], 'GET / HTTP/9.9\r\nHost: localhost\r\n\r\n'),
    one('TLS', [400, 'closed'], Buffer.from('160301020001000001fc0303', 'hex')),
    one('two lengths', [400], `${postHead('Content-Length: 3', 'Content-Length: 5')}abc`),
    one('a negative length', [400], postHead('Content-Length: -1')),
    one('a length that is none', [400], postHead('Content-Length: abc')),
    one('a length beyond all numbers', [400, 413], postHead('Content-Length: 99999999999999999999999')),
    one('a length of 30 MB', [413], postHead('Content-Length: 30000000')),
    one(
      'length and chunks',
      [400],
      `${postHead('Content-Length: 3', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
    ),
    one(
      'an unknown coding',
      [400, 501, 422, 'closed'],
      `${postHead('Transfer-Encoding: gzip, chunked')}0\r\n\r\n`,
    ),
    one('a chunk of no size', [400, 422], `${postHead('Transfer-Encoding: chunked')}xyz\r\n`),
    one('a chunk of all sizes', [400, 413], `${postHead('Transfer-Encoding: chunked')}ffffffffffffffff\r\n`),
    one(
      'a chunk with a long extension',
      [400, 413, 'closed'],
      `${postHead('Transfer-Encoding: chunked')}1;${'x'.repeat(200_000)}\r\na\r\n0\r\n\r\n`,
    ),
    one(
      'a trailer that is too long',
      [400, 422, 431],
      `${postHead('Transfer-Encoding: chunked')}1\r\na\r\n0\r\nX: ${'x'.repeat(50_000)}\r\n\r\n`,
    ),
    one('a head of 20 KB', [431], `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`),
    one(
      '3000 headers',
      [431, 200],
      `GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${'a:b\r\n'.repeat(3000)}\r\n`,
    ),
    one('a header without a colon', [400], 'GET / HTTP/1.1\r\nHost: localhost\r\nhello\r\n\r\n'),
    one('NUL in a header', [400], 'GET / HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n'),
    one('NUL in the target', [400], 'GET /\0 HTTP/1.1\r\nHost: localhost\r\n\r\n'),
    one(
      'a folded header',
      [400, 200],
      'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX: a\r\n b\r\n\r\n',
    ),
    one('bare line feeds', [400, 200, 'closed'], 'GET / HTTP/1.1\nHost: localhost\nConnection: close\n\n'),
    one(
      'an upgrade',
      [200, 400, 426],
      'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    ),
    one(
      'an expectation',
      [417, 400, 200],
      'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nExpect: cake\r\n\r\n',
    ),
    one(
      'garbage after a request',
      [200, 400],
      `${'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'}\0\0\0garbage\r\n\r\n`,
    ),
    one(
      '500 requests in one line',
      [200, 400],
      'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(500),
    ),
    one(
      '50 pictures in one line, then garbage',
      [200, 400, 429, 'closed'],
      Buffer.concat([
        ...new Array(50).fill(
          Buffer.concat([
            Buffer.from(
              `POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: ${good.length}\r\n\r\n`,
            ),
            good,
          ]),
        ),
        noise(100),
      ]),
    ),
    {
      kind: 'the wire',
      name: 'chunks without end',
      // A client that still writes when the server closes may get a reset before the answer.
      allowed: [413, 'closed'],
      send: (port) =>
        raw(port, (socket) => {
          socket.write(postHead('Transfer-Encoding: chunked'));
          const chunk = `${(65_536).toString(16)}\r\n${'x'.repeat(65_536)}\r\n`;
          const more = (): void => {
            while (socket.writable && socket.write(chunk));
          };
          socket.on('drain', more);
          more();
        }),
    },
    ...Array.from({ length: 30 }, (_, i) => one(`noise ${i}`, [400, 'closed'], noise(1 + rng.integer(3000)))),
    ...Array.from({ length: 20 }, (_, i) => {
      const bytes = Buffer.concat([Buffer.from(postHead(`Content-Length: ${good.length}`)), good]);
      return one(
        `a damaged request ${i}`,
        [200, 400, 404, 405, 413, 415, 421, 422, 431, 'closed'],
        damageBytes(bytes, rng),
      );
    }),
  ];
}

/** Clients that are killed: in the middle of a body, while they wait, while they read. */
function killed(good: Uint8Array, rng: Random): HostileCase[] {
  const kill = (name: string, text: Uint8Array, after: number, answer = false): HostileCase => ({
    kind: 'killed clients',
    name,
    allowed: answer ? ['closed', 200, 'no answer'] : ['closed', 'no answer', 200],
    send: async (port) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      socket.write(text);
      await sleep(after);
      socket.resetAndDestroy();
      return 'closed';
    },
  });
  const request = (path: string): Buffer =>
    Buffer.concat([
      Buffer.from(head('POST', path, 'Content-Type: image/png', `Content-Length: ${good.length}`)),
      good,
    ]);
  return Array.from({ length: 45 }, (_, i) => {
    const whole = request(i % 3 === 0 ? '/v1/explain' : '/v1/predict');
    const text = i % 3 === 2 ? whole.subarray(0, rng.integer(whole.length)) : whole;
    return kill(`client ${i}`, text, rng.integer(120));
  });
}

/**
 * All cases, in a random order.
 * @param good a small picture that the server can read, PNG
 * @param seed a whole number
 */
export async function hostileCases(good: Uint8Array, seed: number): Promise<HostileCase[]> {
  const rng = random(seed);
  const cases = [
    ...(await pictures(rng)),
    ...bombs(),
    ...contentTypes(good),
    ...forms(good, rng),
    ...parameters(good),
    ...paths(),
    ...methods(),
    ...wire(good, rng),
    ...killed(good, rng),
  ];
  for (let i = cases.length - 1; i > 0; i--) {
    const j = rng.integer(i + 1);
    [cases[i], cases[j]] = [cases[j], cases[i]];
  }
  return cases;
}

/**
 * If a server answers and closes while the client still writes, the client's machine may receive a reset
 * before the answer is read, and drop it (RFC 9112, 9.6). That is a matter of chance, so the request is sent
 * again.
 */
async function outcomeOf(
  send: HostileCase['send'],
  allowed: readonly Outcome[],
  port: number,
): Promise<Outcome> {
  for (let tries = 1; ; tries++) {
    const outcome = await send(port);
    if (outcome !== 'reset') return outcome;
    if (allowed.includes('closed')) return 'closed';
    if (tries === mostTries) return outcome;
  }
}

/**
 * Sends cases to a server, several at a time.
 * @param slow clients that send a request's head or body slowly all the while
 */
export async function runHostile(
  port: number,
  cases: readonly HostileCase[],
  { atATime = 4, slow = 40 }: { atATime?: number; slow?: number } = {},
): Promise<HostileResult[]> {
  const dawdlers = Array.from({ length: slow }, (_, i) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    const body = head('POST', '/v1/explain', 'Content-Type: image/png', 'Content-Length: 100000');
    socket.write(i % 2 ? 'GET / HTTP/1.1\r\nHost: localhost\r\nX: ' : body);
    const drip = setInterval(() => socket.writable && socket.write('x'), 500);
    socket.on('close', () => clearInterval(drip));
    return socket;
  });
  const results: HostileResult[] = [];
  const queue = [...cases];
  const work = async (): Promise<void> => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const { kind, name, allowed, send } = next;
      const start = performance.now();
      const outcome = await outcomeOf(send, allowed, port);
      const milliseconds = performance.now() - start;
      results.push({ kind, name, outcome, ok: allowed.includes(outcome), milliseconds });
    }
  };
  try {
    await Promise.all(Array.from({ length: atATime }, work));
  } finally {
    for (const socket of dawdlers) socket.destroy();
  }
  return results;
}

/** Cases and outcomes of each kind, a line each. */
export function hostileTable(results: readonly HostileResult[]): string[] {
  const kinds = [...new Set(results.map(({ kind }) => kind))].sort();
  return kinds.map((kind) => {
    const some = results.filter((one) => one.kind === kind);
    const outcomes = [...new Set(some.map(({ outcome }) => String(outcome)))].sort();
    const counts = outcomes.map(
      (outcome) => `${outcome}: ${some.filter((one) => String(one.outcome) === outcome).length}`,
    );
    const wrong = some.filter(({ ok }) => !ok).length;
    const mark = wrong > 0 ? `   WRONG: ${wrong}` : '';
    return `${kind.padEnd(20)} ${String(some.length).padStart(4)}   ${counts.join(', ')}${mark}`;
  });
}
