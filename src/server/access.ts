/** Who may ask: a bearer token, and names by which a server on the loopback interface may be called. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import { FileError } from '../errors/file-error.ts';
import { Problem } from './problem.ts';

/** Whether only programs on this machine reach a server that listens on this address or name. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

const shortestToken = 16;

/**
 * The token in a file's text: all of it, without white space around.
 * @param file stands in the errors
 * @throws when it is shorter than 16 characters, or has others than the printable ones of ASCII
 */
export function parseToken(text: string, file: string): string {
  const token = text.trim();
  if (!/^[\x21-\x7e]*$/.test(token)) {
    throw new FileError(file, 'a token is one line of printable ASCII characters without spaces');
  }
  if (token.length < shortestToken) {
    throw new FileError(file, `a token has at least ${shortestToken} characters, this one ${token.length}`);
  }
  return token;
}

/** @throws Problem 401 unless the `Authorization` header holds the token; it takes the same time wherever they differ */
export function checkToken(authorization: string | undefined, token: string): void {
  const given = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
  // Of equal length, whatever was given.
  if (given !== undefined && timingSafeEqual(digest(given), digest(token))) return;
  const detail =
    given === undefined
      ? "a token is needed: 'Authorization: Bearer TOKEN'"
      : 'the token is not that of this server';
  throw new Problem(401, detail, { 'WWW-Authenticate': 'Bearer' });
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Names of hosts, separated by commas. @throws when one is none */
export function parseHosts(text: string): string[] {
  return text.split(',').map((part) => {
    const given = part.trim();
    const name = hostName(isIPv6(given) ? `[${given}]` : given);
    if (name !== undefined && given.replace(/^\[|\]$/g, '').toLowerCase() === name) return name;
    throw new Error(
      `names of hosts are needed, with commas between them, no scheme and no port, got '${given.toLowerCase()}'`,
    );
  });
}

/**
 * Keeps web pages of other origins from a server without a token: a page whose name is made to point to this machine calls it by that
 * name (DNS rebinding), a page that merely sends requests here names its origin.
 * @param allowed names beside those of the loopback interface; a proxy may speak TLS for them
 * @throws Problem 421 when `Host` is none of these names, 403 when `Origin` is another than the server's
 */
export function checkHost(
  host: string | undefined,
  origin: string | undefined,
  allowed: readonly string[] = [],
): void {
  const name = hostName(host ?? '');
  const isAllowed = name !== undefined && allowed.includes(name);
  if (name === undefined || !(isLoopback(name) || isAllowed)) {
    const names = [...allowed, 'localhost', '127.0.0.1'];
    throw new Problem(
      421,
      `this server is called ${names.join(', ')} or [::1], not '${host ?? ''}'; --allowed-hosts gives it other names`,
    );
  }
  const origins = [`http://${host}`, ...(isAllowed ? [`https://${host}`] : [])];
  if (origin !== undefined && !origins.includes(origin)) {
    throw new Problem(403, `requests of pages of another origin are refused: '${origin}'`);
  }
}

/** The name in a `Host` header, without port and brackets. */
function hostName(host: string): string | undefined {
  const [, name] = /^([\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i.exec(host) ?? [];
  return name?.replace(/^\[|\]$/g, '').toLowerCase();
}
