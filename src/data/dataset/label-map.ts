/** Label maps: files that assign a model's classes to the folders of a data set. */
import { z } from 'zod';
import { FileError } from '../../errors/file-error.ts';
import { parseJson } from '../../errors/parse-json.ts';
import { nfc } from '../../text/nfc.ts';
import { shown } from '../../text/shown.ts';

/** Names or indices of a folder's classes, at least one, by the folder's name in Unicode form NFC. */
export type LabelMap = ReadonlyMap<string, readonly (string | number)[]>;

const one = z.union([z.string(), z.number()]);
const schema = z.record(z.string(), z.union([one, z.array(one)]));

/**
 * Reads JSON, `{"FOLDER": "class", "FOLDER": 3, "FOLDER": ["class", 4]}`, or text with one folder per line,
 * `FOLDER: class, class`.
 * @param file name in errors
 * @throws `FileError` when the text is neither, a folder occurs twice in the line format, or a folder has no
 * class
 */
export function parseLabelMap(text: string, file: string): LabelMap {
  const content = text.replace(/^\ufeff/, '').trim();
  const map = content.startsWith('{') ? mapIn(parseJson(content, file), file) : parseLines(content, file);
  if (map.size === 0) throw new FileError(file, 'it names no folder');
  for (const [folder, classes] of map) {
    if (classes.length === 0)
      throw new FileError(file, `the folder ${folder} has no class; name at least one`);
  }
  return map;
}

function mapIn(content: unknown, file: string): LabelMap {
  const found = schema.safeParse(content);
  if (!found.success) {
    const { path } = found.error.issues[0];
    throw new FileError(
      file,
      `${shown(path.join('.'))}: the value of a folder is a class name, a class index, or a list of these`,
    );
  }
  return new Map(Object.entries(found.data).map(([folder, given]) => [nfc(folder), [given].flat()]));
}

function parseLines(text: string, file: string): LabelMap {
  const map = new Map<string, string[]>();
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const [, folder, classes] = /^([^:]*):(.*)$/.exec(line) ?? [];
    if (classes === undefined || folder.trim() === '') {
      throw new FileError(
        file,
        `line ${i + 1}: a line is 'FOLDER: class, class', got '${shown(line.trim())}'`,
      );
    }
    const name = nfc(folder.trim());
    if (map.has(name))
      throw new FileError(file, `line ${i + 1}: the folder ${shown(name)} is already listed`);
    map.set(
      name,
      classes
        .split(',')
        .map((one) => one.trim())
        .filter((one) => one !== ''),
    );
  }
  return map;
}
