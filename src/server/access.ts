/** Access control: a bearer token, and the host names that a server on the loopback interface accepts. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import { FileError } from '../errors/file-error.ts';
import { Problem } from './problem.ts';

/** Whether a server that listens on this address or name is reachable only from this machine. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

const shortestToken = 16;

/**
 * The token in a file's text: all of it, without surrounding white space.
 * @param file name in errors
 * @throws when it is shorter than 16 characters, or has characters other than printable ASCII
 */
export function parseToken(text: string, file: string): string {
  const token = text.trim();
  if (!/^[\x21-\x7e]*$/.test(token)) {
    throw new FileError(file, 'a token must be one line of printable ASCII characters without spaces');
  }
  if (token.length < shortestToken) {
    throw new FileError(
      file,
      `a token must have at least ${shortestToken} characters, this one has ${token.length}`,
    );
  }
  return token;
}

/** @throws Problem 401 unless the `Authorization` header has the token; compared in constant time */
export function checkToken(authorization: string | undefined, token: string): void {
  const given = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
  // The digests have equal lengths, whatever was given.
  if (given !== undefined && timingSafeEqual(digest(given), digest(token))) return;
  const detail =
    given === undefined ? "a token is needed: 'Authorization: Bearer TOKEN'" : 'the token is wrong';
  throw new Problem(401, detail, { 'WWW-Authenticate': 'Bearer' });
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/**
 * Host names, separated by commas.
 * @throws when one is invalid
 */
export function parseHosts(text: string): string[] {
  return text.split(',').map((part) => {
    const given = part.trim();
    const name = hostName(isIPv6(given) ? `[${given}]` : given);
    if (name !== undefined && given.replace(/^\[|\]$/g, '').toLowerCase() === name) return name;
    throw new Error(
      `host names are needed, separated by commas, without scheme and port, got '${given.toLowerCase()}'`,
    );
  });
}

/**
 * Protects a server without a token from web pages of other origins. A page whose name was made to point to
 * this machine (DNS rebinding) sends that name in `Host`; a page of another origin sends its own in `Origin`.
 * @param allowed names besides those of the loopback interface; a proxy may serve them with TLS
 * @throws Problem 421 when `Host` is none of these names, 403 when `Origin` is not the server's
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
      `this server accepts the host names ${names.join(', ')} and [::1], not '${host ?? ''}'; --allowed-hosts adds others`,
    );
  }
  const origins = [`http://${host}`, ...(isAllowed ? [`https://${host}`] : [])];
  if (origin !== undefined && !origins.includes(origin)) {
    throw new Problem(403, `requests from pages of other origins are refused: '${origin}'`);
  }
}

/** The host name in a `Host` header, without port and brackets. */
function hostName(host: string): string | undefined {
  const [, name] = /^([\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i.exec(host) ?? [];
  return name?.replace(/^\[|\]$/g, '').toLowerCase();
}
