import { expect, test } from 'vitest';
import { checkLocal, checkToken, isLoopback, parseToken } from './access.ts';

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

test('a token is one long enough line', () => {
  expect(parseToken(`${token}\n`, 'f')).toBe(token);
  expect(() => parseToken('\n', 'f')).toThrow('f: a token has at least 16 characters, this one 0');
  expect(() => parseToken('short', 'f')).toThrow('f: a token has at least 16 characters, this one 5');
  expect(() => parseToken(`${token} ${token}`, 'f')).toThrow('f: a token is one line of printable ASCII');
  expect(() => parseToken(`${token}\n${token}`, 'f')).toThrow('f: a token is one line of printable ASCII');
});

test.each([
  [undefined, 'a token is needed'],
  ['', 'a token is needed'],
  [token, 'a token is needed'],
  [`Basic ${token}`, 'a token is needed'],
  ['Bearer', 'a token is needed'],
  [`Bearer ${token} x`, 'a token is needed'],
  ['Bearer wrong', 'the token is not that of this server'],
  [`Bearer ${token}x`, 'the token is not that of this server'],
  [`Bearer ${token.slice(1)}`, 'the token is not that of this server'],
  [`Bearer ${token.toUpperCase()}`, 'the token is not that of this server'],
])('%s is no token', (header, detail) => {
  expect(() => checkToken(header, token)).toThrow(
    expect.objectContaining({
      status: 401,
      message: expect.stringContaining(detail),
      headers: { 'WWW-Authenticate': 'Bearer' },
    }),
  );
});

test('the right token is taken', () => {
  checkToken(`Bearer ${token}`, token);
  checkToken(`bearer  ${token} `, token);
});

test.each(['localhost', 'LOCALHOST:80', '127.0.0.1:8080', '[::1]', '[::1]:8080', '127.0.0.2'])(
  'the host %s is this machine',
  (host) => {
    checkLocal(host, undefined);
    checkLocal(host, `http://${host}`);
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
])('the host %s is none', (host) => {
  expect(() => checkLocal(host, undefined)).toThrow(expect.objectContaining({ status: 421 }));
});

test.each([
  'null',
  'http://example.org',
  'https://localhost:8080',
  'http://localhost:8081',
  'http://localhost',
])('the origin %s is another', (origin) => {
  expect(() => checkLocal('localhost:8080', origin)).toThrow(expect.objectContaining({ status: 403 }));
});
