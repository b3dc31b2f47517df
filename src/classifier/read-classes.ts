/** Reads class names, by index, from files of other libraries. */
import { z } from 'zod';
import { parseClassNames } from '../data/dataset/class-names.ts';
import { FileError } from '../errors/file-error.ts';
import { parseJson } from '../errors/parse-json.ts';
import { checked, needed, object, optional } from './checked.ts';

const name = z
  .string({ error: needed('a name') })
  .trim()
  .min(1, { error: needed('a name') });

/** A name; or synset and name, as in Keras' `imagenet_class_index.json`. */
const nameOrPair = z.union([name, z.tuple([name, name]).transform(([, second]) => second)], {
  error: needed('a name'),
});
const byIndex = z.record(z.string(), nameOrPair, { error: needed('an object such as {"0": "cat"}') });
const list = z
  .array(nameOrPair, { error: needed('a list of names') })
  .min(1, { error: needed('a list of names') });

const labelsSchema = z.object({
  id2label: optional(z.unknown()),
  label_names: optional(z.unknown()),
  label_descriptions: optional(
    z.record(z.string(), name, { error: needed('an object from labels to texts') }),
  ),
});

/**
 * Class names from Hugging Face's `id2label`, or timm's `label_names`, each with its text from
 * `label_descriptions` if it has one.
 * @returns undefined if the file has neither
 * @throws `FileError` if a field is invalid
 */
export function labelsIn(content: unknown, file: string): readonly string[] | undefined {
  const { id2label, label_names: labels, label_descriptions: texts } = checked(labelsSchema, content, file);
  if (id2label !== undefined && id2label !== null) return distinct(namesIn(id2label, 'id2label', file));
  if (labels === undefined || labels === null) return undefined;
  return distinct(namesIn(labels, 'label_names', file).map((one) => texts?.[one] ?? one));
}

/**
 * Class names from the text of a file that an option names: names or synsets, one a line; or JSON: a list, an
 * object such as {"0": "cat"}, or one with `id2label` or `label_names`.
 * @throws `FileError`, or an error that names file and line
 */
export function readClasses(text: string, file: string): readonly string[] {
  if (!/^\ufeff?\s*[[{]/.test(text) && !/\.json$/i.test(file)) return parseClassNames(text, file);
  const content = parseJson(text, file);
  const named = !Array.isArray(content) && labelsIn(checked(object, content, file), file);
  return named || distinct(namesIn(content, undefined, file));
}

/**
 * A list of names, or an object such as {"0": "cat"}.
 * @param key its key in the file
 */
function namesIn(content: unknown, key: string | undefined, file: string): readonly string[] {
  const at = key === undefined ? [] : [key];
  if (Array.isArray(content)) return checked(list, content, file, at);
  return inOrder(new Map(Object.entries(checked(byIndex, content, file, at))), key, file);
}

/**
 * @param names by index
 * @param key their key in the file
 * @throws `FileError` unless the indices are 0, 1, ...
 */
export function inOrder(
  names: ReadonlyMap<string | number, string>,
  key: string | undefined,
  file: string,
): string[] {
  const byKey = new Map([...names].map(([index, one]) => [String(index), one]));
  const where = key === undefined ? '' : `'${key}': `;
  if (byKey.size === 0) throw new FileError(file, `${where}names are needed, got none`);
  return Array.from({ length: byKey.size }, (_, i) => {
    const one = byKey.get(String(i));
    if (one === undefined) {
      const odd = [...byKey.keys()].find((index) => !/^\d+$/.test(index));
      throw new FileError(
        file,
        odd === undefined
          ? `${where}class ${i} is missing, of ${byKey.size} names`
          : `${where}whole numbers from 0 are needed as keys, got '${odd}'`,
      );
    }
    return one;
  });
}

/** Makes equal names distinct by their index: of ImageNet's two cranes, one is a bird and one a machine. */
export function distinct(names: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const one of names) counts.set(one, (counts.get(one) ?? 0) + 1);
  return names.map((one, i) => ((counts.get(one) as number) > 1 ? `${one} (${i})` : one));
}
