/** Parses a form with pictures and fields: `multipart/form-data`, RFC 7578. */
import { Busboy } from '@fastify/busboy';
import { firstLine } from '../errors/first-line.ts';
import { Problem } from './problem.ts';

/** Name of the parts with pictures. */
export const imageField = 'image';
/** Limit on the pictures of a request. */
export const mostPictures = 16;

/** Limits on a form, and on parameters in JSON. */
export const formLimits: Readonly<
  Record<'fieldNameSize' | 'fieldSize' | 'fields' | 'files' | 'parts' | 'headerPairs' | 'headerSize', number>
> = {
  fieldNameSize: 100,
  fieldSize: 1000,
  fields: 32,
  files: mostPictures,
  parts: 32 + mostPictures,
  headerPairs: 16,
  headerSize: 8 * 1024,
};

/** The content of a request. */
export interface Content {
  /** At least one picture. */
  readonly images: readonly Uint8Array[];
  /** Whether the answer is a list, with an answer for each picture. */
  readonly isList: boolean;
  /** The parameters, in order. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

const nameless = 'each part of a form must have a name';

/**
 * The pictures and the fields of a form.
 * @throws Problem 422 when a part is missing or not allowed; 400 when the form is damaged
 */
export function readForm(bytes: Uint8Array, contentType: string): Promise<Content> {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return new Promise((resolve, reject) => {
    const damaged = (error: unknown): void =>
      reject(new Problem(400, `the form cannot be read: ${firstLine(error)}`));
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
    if (hasTooManyParts(content, contentType)) {
      // The library would parse all of them before it reports the excess.
      refuse(`a form has at most ${formLimits.fields} fields and ${formLimits.files} files`);
      return;
    }
    const fields: [string, string][] = [];
    const images: Uint8Array[] = [];
    let files = 0;
    form.on('field', (name: string | undefined, value, nameCut, valueCut) => {
      if (name === undefined) return refuse(nameless);
      if (nameCut || valueCut) refuse(`a form's field has at most ${formLimits.fieldSize} bytes`);
      fields.push([name, value]);
    });
    form.on('file', (name: string | undefined, stream) => {
      const chunks: Buffer[] = [];
      const place = files++;
      stream.on('error', damaged);
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (name === imageField) images[place] = new Uint8Array(Buffer.concat(chunks));
        else if (name === undefined) refuse(nameless);
        else refuse(`a form's file must have the name '${imageField}', got '${name.slice(0, 64)}'`);
      });
    });
    form.on('filesLimit', () => refuse(`a form has at most ${formLimits.files} files`));
    form.on('fieldsLimit', () => refuse(`a form has at most ${formLimits.fields} fields`));
    form.on('partsLimit', () => refuse(`a form has at most ${formLimits.parts} parts`));
    form.on('error', damaged);
    form.on('finish', () => {
      if (images.length === 0) refuse(`the form has no part called '${imageField}'`);
      else if (images.some(({ length }) => length === 0)) refuse(`the form's part '${imageField}' is empty`);
      else resolve({ images, isList: images.length > 1, fields });
    });
    form.end(content);
  });
}

function hasTooManyParts(bytes: Buffer, contentType: string): boolean {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]*)"|([^;\s]*))/i.exec(contentType) ?? [];
  const delimiter = `\r\n--${quoted ?? plain}`;
  let at = 0; // the first delimiter is at the very beginning
  for (let count = 0; count <= formLimits.parts; count++) {
    at = bytes.indexOf(delimiter, at + 1, 'latin1');
    if (at < 0) return false;
  }
  return true;
}
