/**
 * Maps class indices to names and back, from folder names or a synset file. Names are compared in Unicode
 * form NFC.
 */
import { nfc } from '../../text/nfc.ts';
import { editDistance } from './edit-distance.ts';

/** One class: its folder's name or synset, and its common names, the short one first. */
export interface ClassEntry {
  /** Folder name, or synset such as `n01440764`. */
  readonly id: string;
  /** At least one name. */
  readonly names: readonly string[];
}

/**
 * Finds the name of a class index and the index of a class name.
 * @example
 * ```ts
 * import { ClassMapper } from 'high-res-mapping';
 *
 * const mapper = ClassMapper.fromSynsets('n02124075 Egyptian cat\nn07920052 espresso');
 * console.log(mapper.index('egyptian_cat')); //=> 0
 * console.log(mapper.name(1), mapper.id(1)); //=> espresso n07920052
 * console.log(mapper.near('expreso')); //=> [ 'espresso' ]
 * ```
 */
export class ClassMapper {
  readonly entries: readonly ClassEntry[];

  /** @throws when an id occurs twice, or a class has no name. */
  constructor(entries: readonly ClassEntry[]) {
    const seen = new Map<string, number>();
    for (const [i, { id, names }] of entries.entries()) {
      const before = seen.get(id);
      if (before !== undefined) throw new Error(`class names: ${id} is both class ${before} and class ${i}`);
      if (names.length === 0) throw new Error(`class names: class ${i} (${id}) has no name`);
      seen.set(id, i);
    }
    this.entries = entries;
  }

  /**
   * Creates the mapper from the folder names of a data set, in index order. Folders named by synset get the
   * names in the synset file's text, if one is given. All others keep their folder's name.
   */
  static fromFolders(classes: readonly string[], synsets?: string): ClassMapper {
    const known = new Map(
      (synsets === undefined ? [] : parseSynsets(synsets)).map((entry) => [nfc(entry.id), entry]),
    );
    return new ClassMapper(classes.map((id) => known.get(nfc(id)) ?? { id, names: [id] }));
  }

  /**
   * Creates the mapper from the text of a synset file: one line per class in index order, such as `n01440764
   * tench, Tinca tinca`.
   * @throws when a line has no names
   */
  static fromSynsets(text: string): ClassMapper {
    return new ClassMapper(parseSynsets(text));
  }

  /** Number of classes. */
  get size(): number {
    return this.entries.length;
  }

  /** The short name of class `index`, its first. @throws when there is no such class */
  name(index: number): string {
    return this.#entry(index).names[0];
  }

  /** The folder name or synset of class `index`. @throws when there is no such class */
  id(index: number): string {
    return this.#entry(index).id;
  }

  /**
   * The index of a class from its id or one of its names. Ids take precedence, then short names, then other
   * names. Case, and `_` or `-` instead of a space, are ignored unless they distinguish classes.
   * @throws when no class has the name (the error suggests similar ones) or several have it (the error lists
   * them)
   */
  index(name: string): number {
    const found = this.find(name);
    if (found.length === 1) return found[0];
    if (found.length > 1) {
      const list = found.map((i) => `${i} (${this.entries[i].id})`).join(', ');
      throw new Error(`the name '${name}' is shared by the classes ${list}; use the index or the id`);
    }
    const near = this.near(name);
    const hint = near.length > 0 ? `; did you mean ${near.map((other) => `'${other}'`).join(', ')}?` : '';
    throw new Error(`no class is called '${name}'${hint}`);
  }

  /** All indices that match a name as in `index`: empty if no class has it, several if it is ambiguous. */
  find(name: string): number[] {
    const exact = nfc(name);
    const byId = this.entries.findIndex((entry) => nfc(entry.id) === exact);
    if (byId >= 0) return [byId];
    const wanted = plain(name);
    const tests: ((entry: ClassEntry) => boolean)[] = [
      (entry) => nfc(entry.names[0]) === exact,
      (entry) => plain(entry.names[0]) === wanted || plain(entry.id) === wanted,
      (entry) => entry.names.some((other) => plain(other) === wanted),
      (entry) => plain(entry.names.join(', ')) === wanted,
    ];
    for (const isIt of tests) {
      const found = this.entries.flatMap((entry, i) => (isIt(entry) ? [i] : []));
      if (found.length > 0) return found;
    }
    return [];
  }

  /** Up to three names that contain the text or are within a small edit distance, nearest first. */
  near(text: string): string[] {
    const wanted = plain(text);
    if (wanted === '') return [];
    const reach = Math.max(2, Math.floor(wanted.length / 3));
    const distances = new Map<string, number>();
    for (const { id, names } of this.entries) {
      for (const name of [...names, id]) {
        const candidate = plain(name);
        const within =
          wanted.length >= 3 &&
          (candidate.includes(wanted) || (candidate.length >= 3 && wanted.includes(candidate)));
        const distance = within ? 0.5 : editDistance(candidate, wanted);
        if (distance <= reach && !distances.has(name)) distances.set(name, distance);
      }
    }
    return [...distances]
      .sort((a, b) => a[1] - b[1])
      .slice(0, 3)
      .map(([name]) => name);
  }

  #entry(index: number): ClassEntry {
    const entry = this.entries[index];
    if (entry === undefined) {
      throw new Error(`the class index is a whole number from 0 to ${this.size - 1}, got ${index}`);
    }
    return entry;
  }
}

/**
 * Class names by index, from a text with one name per line. A synset line such as `n01440764 tench, Tinca
 * tinca` gives the synset, as folders of such data sets are named.
 * @param file name in errors
 * @throws when a line between others is empty, or two classes have one name
 */
export function parseClassNames(text: string, file: string): string[] {
  const names = text
    .replace(/^\ufeff/, '')
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => nfc(line.trim().replace(/^(n\d{8})\s.*$/, '$1')));
  const seen = new Map<string, number>();
  for (const [i, name] of names.entries()) {
    const before = seen.get(name);
    if (name === '') throw new Error(`${file}, line ${i + 1}: a class name is needed, the line is empty`);
    if (before !== undefined) {
      throw new Error(`${file}, line ${i + 1}: the class ${name} is already in line ${before + 1}`);
    }
    seen.set(name, i);
  }
  return names;
}

/**
 * Replaces class names `#0`, `#1` and so on by the folder names of a data set with as many folders. Other
 * names are unchanged.
 */
export function nameNumbered(classes: readonly string[], folders: readonly string[]): readonly string[] {
  const numbered = classes.length === folders.length && classes.every((name, i) => name === `#${i}`);
  return numbered ? folders : classes;
}

function parseSynsets(text: string): ClassEntry[] {
  return text
    .split(/\r?\n/)
    .map((line, i) => ({ line: line.trim(), number: i + 1 }))
    .filter(({ line }) => line !== '')
    .map(({ line, number }) => {
      const [, id, rest] = /^(\S+)\s*(.*)$/.exec(line) as RegExpExecArray;
      const names = rest
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '');
      if (names.length === 0) {
        throw new Error(`synset file, line ${number}: a line is 'ID name, other name', got '${line}'`);
      }
      return { id, names };
    });
}

function plain(name: string): string {
  return nfc(name)
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ')
    .trim();
}
