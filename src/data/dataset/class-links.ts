/** Which of a model's classes the folders of a data set stand for: by their names, or as a file says. */
import { FileError } from '../../errors/file-error.ts';
import { nfc } from '../../text/nfc.ts';
import type { ClassGroups } from './class-groups.ts';
import { ClassMapper } from './class-names.ts';
import type { ImageFolder } from './image-folder.ts';
import type { LabelMap } from './label-map.ts';

/** The classes of a model, by index. */
export interface ModelClasses {
  readonly names: readonly string[];
  /** Their WordNet synsets, where they have such: folders may be called so. */
  readonly synsets?: readonly string[];
}

/** What folders stand for. */
export interface ClassLinks {
  /** Of each folder, in their order. */
  readonly classes: ClassGroups;
  /** Where a name was not matched to the letter: `FOLDER = CLASS`. */
  readonly tolerated: readonly string[];
}

export interface LinkOptions {
  /** Where the folders lie, for errors. */
  readonly dir: string;
  /** A folder that it does not name is matched by its own name. */
  readonly map?: LabelMap;
  /** The map's file, for errors. */
  readonly mapFile?: string;
  /** What errors say one can do about folders that match no class. */
  readonly remedy: string;
}

/**
 * Links folders to classes: as the map says, else to the class of the folder's name. That is the class of exactly this name, else
 * what `ClassMapper.find` finds, which makes no difference of case, `_`, `-` and space, and knows synsets.
 * @throws `FileError` when a folder matches no class, or several alike; when a class has two folders; when the map names a folder or a
 * class that is none
 */
export function linkClasses(
  folders: readonly string[],
  model: ModelClasses,
  { dir, map, mapFile = 'the label map', remedy }: LinkOptions,
): ClassLinks {
  const mapper = mapperOf(model);
  const { names } = model;
  if (map) checkFolders(map, folders, dir, mapFile);
  const found = folders.map((folder): Found => {
    const given = map?.get(nfc(folder));
    if (given)
      return { folder, classes: given.map((one) => givenClass(one, folder, mapper, names, mapFile)) };
    const classes = exactly(folder, names) ?? mapper.find(folder);
    return { folder, classes, byName: true };
  });
  checkMatched(found, mapper, dir, remedy);
  checkOnce(found, names, map ? mapFile : dir);
  return {
    classes: found.map(({ classes }) => classes),
    tolerated: found.flatMap(({ folder, classes, byName }) =>
      byName && nfc(names[classes[0]]) !== nfc(folder) ? [`${folder} = ${names[classes[0]]}`] : [],
    ),
  };
}

interface Found {
  readonly folder: string;
  readonly classes: readonly number[];
  /** It is called like them, and no map speaks of it. */
  readonly byName?: true;
}

/** Names such as `tench, Tinca tinca` are several of one class. Names that classes share are told apart by their ids. */
function mapperOf({ names, synsets }: ModelClasses): ClassMapper {
  return new ClassMapper(
    names.map((name, i) => {
      const parts = name.split(',').map((part) => part.trim());
      const shared = names.indexOf(name) !== names.lastIndexOf(name);
      return {
        id: synsets?.[i] ?? (shared ? `${name} #${i}` : name),
        names: parts.length > 1 ? [name, ...parts] : [name],
      };
    }),
  );
}

/** The one class of exactly this name. */
function exactly(name: string, names: readonly string[]): [number] | undefined {
  const wanted = nfc(name);
  const [first, ...others] = names.flatMap((one, i) => (nfc(one) === wanted ? [i] : []));
  return first !== undefined && others.length === 0 ? [first] : undefined;
}

/** Digits are an index where no class is called so. */
function givenClass(
  given: string | number,
  folder: string,
  mapper: ClassMapper,
  names: readonly string[],
  file: string,
): number {
  const found = typeof given === 'string' ? (exactly(given, names) ?? mapper.find(given)) : [];
  if (found.length === 1) return found[0];
  if (found.length > 1) {
    throw new FileError(
      file,
      `${folder}: several classes are called '${given}': ${found.join(', ')}; use the index`,
    );
  }
  if (typeof given === 'number' || /^\d+$/.test(given)) {
    const index = Number(given);
    if (Number.isInteger(index) && index >= 0 && index < names.length) return index;
    throw new FileError(file, `${folder}: class indices are from 0 to ${names.length - 1}, got ${given}`);
  }
  throw new FileError(file, `${folder}: no class is called '${given}'${nearest(mapper, given)}`);
}

function nearest(mapper: ClassMapper, name: string): string {
  const [near] = mapper.near(name);
  return near === undefined ? '' : ` (near: ${near})`;
}

function checkFolders(map: LabelMap, folders: readonly string[], dir: string, file: string): void {
  const known = new Set(folders.map(nfc));
  const unknown = [...map.keys()].find((folder) => !known.has(folder));
  if (unknown === undefined) return;
  throw new FileError(
    file,
    `${dir} has no folder ${unknown}${nearest(ClassMapper.fromFolders(folders), unknown)}`,
  );
}

/** So many are named. */
const most = 10;

function checkMatched(found: readonly Found[], mapper: ClassMapper, dir: string, remedy: string): void {
  const odd = found.filter(({ classes, byName }) => byName && classes.length !== 1);
  if (odd.length === 0) return;
  const named = odd
    .slice(0, most)
    .map(({ folder, classes }) =>
      classes.length === 0
        ? `${folder}${nearest(mapper, folder)}`
        : `${folder} (like several: ${classes.join(', ')})`,
    );
  const rest = odd.length > most ? `, ... (${odd.length} in all)` : '';
  throw new FileError(
    dir,
    `${odd.length} of ${found.length} folders are not called like one of the model's ${mapper.size} classes: ${named.join(', ')}${rest}; ${remedy}`,
  );
}

/** @throws when a class has two folders, or stands twice in one */
function checkOnce(found: readonly Found[], names: readonly string[], file: string): void {
  const folderOf = new Map<number, string>();
  for (const { folder, classes } of found) {
    for (const index of classes) {
      const other = folderOf.get(index);
      if (other !== undefined) {
        const where = other === folder ? `twice in ${folder}` : `both in ${other} and in ${folder}`;
        throw new FileError(file, `the class ${index} (${names[index]}) is ${where}`);
      }
      folderOf.set(index, folder);
    }
  }
}

/** A split, and the names that its labels and all results are of. */
export interface LabelledSplit {
  readonly split: ImageFolder;
  readonly names: readonly string[];
  /** The model's classes that each name stands for; undefined: the names are the model's classes. */
  readonly groups?: ClassGroups;
}

/**
 * Labels a split. Where each folder is one class, labels and names are the model's. Where one is several, they are the folders, and
 * after them, where classes are left over, these together as `other`.
 */
export function labelSplit(
  split: ImageFolder,
  { classes }: ClassLinks,
  names: readonly string[],
): LabelledSplit {
  if (classes.every((group) => group.length === 1)) {
    const samples = split.samples.map(({ path, label }) => ({ path, label: classes[label][0] }));
    return { split: { ...split, classes: names, samples }, names };
  }
  const taken = new Set(classes.flat());
  const left = names.flatMap((_, index) => (taken.has(index) ? [] : [index]));
  if (left.length === 0) return { split, names: split.classes, groups: classes };
  const rest = split.classes.includes('other') ? 'other classes' : 'other';
  const all = [...split.classes, rest];
  return { split: { ...split, classes: all }, names: all, groups: [...classes, left] };
}
