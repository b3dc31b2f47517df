import { expect, test } from 'vitest';
import { checkHost, checkToken, isLoopback, parseHosts, parseToken } from './access.ts';

const token = 'a-token-of-24-characters';

test.each([
  ['127.0.0.1', true],
  ['127.1.2.3', true],
  ['localhost', true],
  ['::1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['192.168.1.2', false],
  ['127.0.0.1.example.org', false],
  ['example.org', false],
  ['', false],
])('%s is a loopback address: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

test('accepts a token of one line that is long enough', () => {
  expect(parseToken(`${token}\n`, 'f')).toBe(token);
  expect(() => parseToken('\n', 'f')).toThrow('f: a token must have at least 16 characters, this one has 0');
  expect(() => parseToken('short', 'f')).toThrow(
    'f: a token must have at least 16 characters, this one has 5',
  );
  expect(() => parseToken(`${token} ${token}`, 'f')).toThrow(
    'f: a token must be one line of printable ASCII',
  );
  expect(() => parseToken(`${token}\n${token}`, 'f')).toThrow(
    'f: a token must be one line of printable ASCII',
  );
});

test.each([
  [undefined, 'a token is needed'],
  ['', 'a token is needed'],
  [token, 'a token is needed'],
  [`Basic ${token}`, 'a token is needed'],
  ['Bearer', 'a token is needed'],
  [`Bearer ${token} x`, 'a token is needed'],
  ['Bearer wrong', 'the token is wrong'],
  [`Bearer ${token}x`, 'the token is wrong'],
  [`Bearer ${token.slice(1)}`, 'the token is wrong'],
  [`Bearer ${token.toUpperCase()}`, 'the token is wrong'],
])('rejects the token %s', (header, detail) => {
  expect(() => checkToken(header, token)).toThrow(
    expect.objectContaining({
      status: 401,
      message: expect.stringContaining(detail),
      headers: { 'WWW-Authenticate': 'Bearer' },
    }),
  );
});

test('accepts the right token', () => {
  checkToken(`Bearer ${token}`, token);
  checkToken(`bearer  ${token} `, token);
});

test.each(['localhost', 'LOCALHOST:80', '127.0.0.1:8080', '[::1]', '[::1]:8080', '127.0.0.2'])(
  'accepts the host %s as this machine',
  (host) => {
    checkHost(host, undefined);
    checkHost(host, `http://${host}`);
  },
);

test.each([
  undefined,
  '',
  'example.org',
  'localhost.example.org',
  '127.0.0.1.nip.io',
  'user@localhost',
  'localhost:',
  'localhost:80:80',
  '0.0.0.0:8080',
  '[::]',
  '::1',
  '[::1',
  'localhost/',
])('rejects the host %s', (host) => {
  expect(() => checkHost(host, undefined)).toThrow(expect.objectContaining({ status: 421 }));
});

test.each([
  'null',
  'http://example.org',
  'https://localhost:8080',
  'http://localhost:8081',
  'http://localhost',
])('rejects the origin %s', (origin) => {
  expect(() => checkHost('localhost:8080', origin)).toThrow(expect.objectContaining({ status: 403 }));
});

test('accepts only allowed host names, also behind a TLS proxy', () => {
  const allowed = parseHosts('a.example, B.example');
  expect(allowed).toEqual(['a.example', 'b.example']);
  for (const host of ['a.example', 'A.example:8443', 'b.example', 'localhost:8080', '127.0.0.1']) {
    checkHost(host, undefined, allowed);
    checkHost(host, `http://${host}`, allowed);
  }
  checkHost('a.example', 'https://a.example', allowed);
  for (const host of ['c.example', 'x.a.example', 'a.example.org', '']) {
    expect(() => checkHost(host, undefined, allowed)).toThrow(
      expect.objectContaining({
        status: 421,
        message: `this server accepts the host names a.example, b.example, localhost, 127.0.0.1 and [::1], not '${host}'; --allowed-hosts adds others`,
      }),
    );
  }
  for (const origin of ['https://b.example', 'https://a.example:1', 'null']) {
    expect(() => checkHost('a.example', origin, allowed)).toThrow(expect.objectContaining({ status: 403 }));
  }
});

test.each(['', 'a.example,', 'https://a.example', 'a.example:80', 'a b', '*.example', 'a/b'])(
  'rejects the host list %j',
  (text) => {
    expect(() => parseHosts(text)).toThrow('host names are needed, separated by commas');
  },
);

test('accepts an IPv6 address as a host name, with and without brackets', () => {
  expect(parseHosts('2001:db8::5, [2001:DB8::6]')).toEqual(['2001:db8::5', '2001:db8::6']);
});
