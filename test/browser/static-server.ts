/** A small static host for the built page: any path prefix, and the headers of cross-origin isolation if wanted. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
};

export interface StaticServer {
  /** The page's address, with a slash at its end. */
  readonly url: string;
  close(): Promise<void>;
}

/** @param prefix where the site lies, beginning and ending with a slash */
export async function serveSite(
  folder: string,
  { prefix = '/', isolated = false }: { prefix?: string; isolated?: boolean } = {},
): Promise<StaticServer> {
  const server = createServer(async (request, answer) => {
    const path = normalize(decodeURIComponent((request.url ?? '/').split(/[?#]/)[0]));
    const inside = path.startsWith(prefix) ? path.slice(prefix.length) : undefined;
    try {
      if (inside === undefined) throw new Error('outside');
      const file = inside === '' ? 'index.html' : inside;
      const content = await readFile(join(folder, file));
      answer.setHeader('Content-Type', types[extname(file)] ?? 'application/octet-stream');
      answer.setHeader('Content-Length', content.length);
      // Names of assets change with their content.
      answer.setHeader(
        'Cache-Control',
        inside.startsWith('assets/') ? 'max-age=31536000, immutable' : 'no-cache',
      );
      if (isolated) {
        answer.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
        answer.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
      }
      answer.end(content);
    } catch {
      answer.statusCode = 404;
      answer.end('not found');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}${prefix}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.closeAllConnections();
        server.close((error) => (error ? reject(error) : resolve()));
      }),
  };
}
