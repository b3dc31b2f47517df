/** A request's body, in memory, within bounds: an image, or a form with an image and fields. */
import { Busboy } from '@fastify/busboy';
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

/** Name of a form's part that holds the picture. */
export const imageField = 'image';

const formLimits = {
  fieldNameSize: 100,
  fieldSize: 1000,
  fields: 32,
  files: 1,
  parts: 33,
  headerPairs: 16,
  headerSize: 8 * 1024,
} as const;

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

/** A request's content. */
export interface Content {
  readonly image: Uint8Array;
  /** A form's fields, in their order. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

export interface BodyOptions {
  /** The most bytes of a body. */
  readonly maxBytes: number;
  readonly budget: ByteBudget;
}

/**
 * Reads a request's body, and does something with it; the budget has its bytes back when that is done.
 * @throws Problem 415 when it is of another kind, 413 when it is too long, 422 when it lacks an image, 400 when it is damaged or cut
 * short, 429 when the budget is used up
 */
export async function withContent<T>(
  request: Request,
  { maxBytes, budget }: BodyOptions,
  use: (content: Content) => Promise<T>,
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
    if (isForm) return await use(await readForm(bytes, type));
    if (bytes.length === 0) throw new Problem(422, 'the body is empty; it is an image');
    return await use({ image: bytes, fields: [] });
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

/** The image and the fields of a form. @throws Problem as `withContent` does */
function readForm(bytes: Buffer, contentType: string): Promise<Content> {
  return new Promise((resolve, reject) => {
    const damaged = (error: unknown): void =>
      reject(new Problem(400, `the form cannot be read: ${(error as Error).message.split('\n', 1)[0]}`));
    const refuse = (rule: string): void => reject(new Problem(422, rule));
    let form: InstanceType<typeof Busboy>;
    try {
      form = new Busboy({
        headers: { 'content-type': contentType },
        limits: formLimits,
        isPartAFile: (field, _, file) => file !== undefined || field === imageField,
      });
    } catch (error) {
      damaged(error);
      return;
    }
    const fields: [string, string][] = [];
    let image: Uint8Array | undefined;
    form.on('field', (name, value, nameCut, valueCut) => {
      if (nameCut || valueCut) refuse(`a form's field has at most ${formLimits.fieldSize} bytes`);
      fields.push([name, value]);
    });
    form.on('file', (name, stream) => {
      const chunks: Buffer[] = [];
      stream.on('error', damaged);
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (name === imageField) image = Buffer.concat(chunks);
        else refuse(`a form's file is called '${imageField}', got '${name.slice(0, 64)}'`);
      });
    });
    form.on('filesLimit', () => refuse('a form has one file'));
    form.on('fieldsLimit', () => refuse(`a form has at most ${formLimits.fields} fields`));
    form.on('partsLimit', () => refuse(`a form has at most ${formLimits.parts} parts`));
    form.on('error', damaged);
    form.on('finish', () => {
      if (image === undefined) refuse(`the form has no part called '${imageField}'`);
      else if (image.length === 0) refuse(`the form's part '${imageField}' is empty`);
      else resolve({ image, fields });
    });
    form.end(bytes);
  });
}
