/** A request's body, in memory, within bounds: an image, or a form. */
import { Problem } from './problem.ts';

/** Media types of pictures that are read; which one a file really is, its content tells. */
export const imageTypes: readonly string[] = [
  'image/jpeg',
  'image/png',
  'image/webp',
  'image/gif',
  'image/tiff',
  'image/bmp',
  'image/x-ms-bmp',
];

/** Bytes that all bodies together may take at a time. */
export class ByteBudget {
  readonly #most: number;
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** @throws Problem 429 when there is no more */
  take(bytes: number): void {
    if (this.#taken + bytes > this.#most) {
      throw new Problem(429, 'too many bytes of other requests are in memory', { 'Retry-After': '1' });
    }
    this.#taken += bytes;
  }

  give(bytes: number): void {
    this.#taken -= bytes;
  }
}

/** A request's body as it came. */
export interface Body {
  readonly bytes: Uint8Array;
  /** Of a form, which is still to be read: its content type, with the boundary. Absent: the bytes are an image's. */
  readonly formType?: string;
}

export interface BodyOptions {
  /** The most bytes of a body. */
  readonly maxBytes: number;
  readonly budget: ByteBudget;
}

/**
 * Reads a request's body, and does something with it; the budget has its bytes back when that is done.
 * @throws Problem 415 when it is of another kind, 413 when it is too long, 422 when it is empty, 400 when it is cut short, 429 when the
 * budget is used up
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
  if (!isForm && !imageTypes.includes(kind)) {
    const got = type === '' ? 'none' : `'${type.slice(0, 100)}'`;
    throw new Problem(
      415,
      `the content type is one of ${imageTypes.join(', ')}, multipart/form-data, got ${got}`,
      {
        Accept: [...imageTypes, 'multipart/form-data'].join(', '),
      },
    );
  }
  const encoding = request.headers.get('content-encoding');
  if (encoding !== null && encoding !== 'identity') {
    throw new Problem(
      415,
      `bodies are not compressed, got the content encoding '${encoding.slice(0, 100)}'`,
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
    if (bytes.length === 0) throw new Problem(422, 'the body is empty; it is an image');
    return await use({ bytes });
  } finally {
    budget.give(taken);
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
