/** A form with an image and fields: `multipart/form-data`, RFC 7578. */
import { Busboy } from '@fastify/busboy';
import { firstLine } from '../errors/first-line.ts';
import { Problem } from './problem.ts';

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

/** What a request sends. */
export interface Content {
  readonly image: Uint8Array;
  /** A form's fields, in their order. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

const nameless = 'each part of a form has a name';

/** The image and the fields of a form. @throws Problem 422 when a part is missing, or another than there may be; 400 when the form is damaged */
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
      // The library would go through all of them before it says so.
      refuse(`a form has at most ${formLimits.fields} fields and one file`);
      return;
    }
    const fields: [string, string][] = [];
    let image: Uint8Array | undefined;
    form.on('field', (name: string | undefined, value, nameCut, valueCut) => {
      if (name === undefined) return refuse(nameless);
      if (nameCut || valueCut) refuse(`a form's field has at most ${formLimits.fieldSize} bytes`);
      fields.push([name, value]);
    });
    form.on('file', (name: string | undefined, stream) => {
      const chunks: Buffer[] = [];
      stream.on('error', damaged);
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (name === imageField) image = Buffer.concat(chunks);
        else if (name === undefined) refuse(nameless);
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
    form.end(content);
  });
}

function hasTooManyParts(bytes: Buffer, contentType: string): boolean {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]*)"|([^;\s]*))/i.exec(contentType) ?? [];
  const delimiter = `\r\n--${quoted ?? plain}`;
  let at = 0; // the first delimiter stands at the very beginning
  for (let count = 0; count <= formLimits.parts; count++) {
    at = bytes.indexOf(delimiter, at + 1, 'latin1');
    if (at < 0) return false;
  }
  return true;
}
