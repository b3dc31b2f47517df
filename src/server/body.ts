/** Reads a request's body into memory, within limits: a picture, a form, or JSON. */
import { formatOf } from '../data/picture/picture-header.ts';
import { Problem } from './problem.ts';

/** Limit on the bytes of all bodies in memory. */
export class ByteBudget {
  readonly #most: number;
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** @throws Problem 429 when the budget is used up */
  take(bytes: number): void {
    if (this.#taken + bytes > this.#most) {
      throw new Problem(429, 'the bodies of other requests take all the memory allowed', {
        'Retry-After': '1',
      });
    }
    this.#taken += bytes;
  }

  give(bytes: number): void {
    this.#taken -= bytes;
  }
}

/** The content type of JSON. */
export const jsonType = 'application/json';

/** A request's body as received. */
export interface Body {
  readonly bytes: Uint8Array;
  /** The content type, for a form or JSON, which must still be parsed. Absent: the bytes are a picture. */
  readonly formType?: string;
}

export interface BodyOptions {
  /** Limit on the bytes of a body. */
  readonly maxBytes: number;
  readonly budget: ByteBudget;
}

/**
 * Reads a request's body and passes it on; its bytes return to the budget afterwards. The kind of body is
 * recognised by its content, since programs send pictures with all sorts of content types. Only a form needs
 * its content type, which has the boundary.
 * @throws Problem 415 when it has parts of another kind than a form or is compressed, 413 when it is too
 * long, 422 when it is empty, 400 when it is cut short, 429 when the budget is used up
 */
export async function withBody<T>(
  request: Request,
  { maxBytes, budget }: BodyOptions,
  use: (body: Body) => Promise<T>,
): Promise<T> {
  const type = request.headers.get('content-type') ?? '';
  const [mediaType] = type.toLowerCase().split(';', 1);
  const kind = mediaType.trim();
  const isForm = kind === 'multipart/form-data';
  if (!isForm && kind.startsWith('multipart/')) {
    throw new Problem(
      415,
      `a body must be a picture, multipart/form-data or application/json, got '${type.slice(0, 100)}'`,
      { Accept: 'image/*, multipart/form-data, application/json' },
    );
  }
  const encoding = request.headers.get('content-encoding');
  if (encoding !== null && encoding !== 'identity') {
    throw new Problem(
      415,
      `bodies must not be compressed, got the content encoding '${encoding.slice(0, 100)}'`,
      {
        'Accept-Encoding': 'identity',
      },
    );
  }
  const tooLong = (): Problem => new Problem(413, `a body has at most ${maxBytes} bytes`);
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw tooLong();
  let taken = 0;
  try {
    const chunks: Uint8Array[] = [];
    for await (const chunk of chunksOf(request)) {
      if (taken + chunk.length > maxBytes) throw tooLong();
      budget.take(chunk.length);
      taken += chunk.length;
      chunks.push(chunk);
    }
    const bytes = Buffer.concat(chunks);
    chunks.length = 0;
    if (isForm) return await use({ bytes, formType: type });
    if (bytes.length === 0) throw new Problem(422, 'the body is empty; a picture is needed');
    if (isJson(bytes, kind)) return await use({ bytes, formType: jsonType });
    return await use({ bytes });
  } finally {
    budget.give(taken);
  }
}

/**
 * Whether a body is JSON. No picture begins with a brace. A body declared as JSON is parsed as such unless it
 * is a picture, so that errors are about JSON.
 */
function isJson(bytes: Buffer, kind: string): boolean {
  const start = bytes.subarray(0, 1000).toString('latin1').trimStart();
  return start.startsWith('{') || (kind === jsonType && !isPicture(bytes));
}

function isPicture(bytes: Uint8Array): boolean {
  try {
    formatOf(bytes);
    return true;
  } catch {
    return false;
  }
}

async function* chunksOf({ body }: Request): AsyncGenerator<Uint8Array, void, undefined> {
  if (body === null) return;
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(() => {
        throw new Problem(400, 'the body is cut short');
      });
      if (done) return;
      yield value;
    }
  } finally {
    reader.releaseLock();
  }
}
