/** Maps the folders of a data set to a model's classes, by name or by a label map. */
import { FileError } from '../../errors/file-error.ts';
import { nfc } from '../../text/nfc.ts';
import type { ClassGroups } from './class-groups.ts';
import { ClassMapper } from './class-names.ts';
import type { ImageFolder } from './image-folder.ts';
import type { LabelMap } from './label-map.ts';

/** The classes of a model, by index. */
export interface ModelClasses {
  readonly names: readonly string[];
  /** WordNet synsets of the classes, where they have some. Folders may be named by them. */
  readonly synsets?: readonly string[];
}

/** Folders mapped to classes. */
export interface ClassLinks {
  /** For each folder in order, the indices of its classes. */
  readonly classes: ClassGroups;
  /** Names that matched only approximately: `FOLDER = CLASS`. */
  readonly tolerated: readonly string[];
}

/** Options of `linkClasses`. */
export interface LinkOptions {
  /** The folder that contains the folders, for errors. */
  readonly dir: string;
  /** Folders that the map does not name are matched by their own names. */
  readonly map?: LabelMap;
  /** The map's file, for errors. */
  readonly mapFile?: string;
  /** What to do about folders without a matching class, for errors. */
  readonly remedy: string;
}

/**
 * Maps each folder to its classes: those of the map, else the class with exactly the folder's name, else the
 * result of `ClassMapper.find`, which knows synsets and ignores case and `_`, `-` or space.
 * @throws `FileError` when a folder matches no class or several equally well, when two folders have one
 * class, or when the map names an unknown folder or class
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
  /** Whether the folder matched by its own name, without an entry in the map. */
  readonly byName?: true;
}

/** `tench, Tinca tinca` is several names of one class. Classes with the same name differ by their ids. */
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

/** The only class of exactly this name. */
function exactly(name: string, names: readonly string[]): [number] | undefined {
  const wanted = nfc(name);
  const [first, ...others] = names.flatMap((one, i) => (nfc(one) === wanted ? [i] : []));
  return first !== undefined && others.length === 0 ? [first] : undefined;
}

/** Digits are a class index unless a class has that name. */
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

/** Most folders that an error names. */
const most = 10;

function checkMatched(found: readonly Found[], mapper: ClassMapper, dir: string, remedy: string): void {
  const odd = found.filter(({ classes, byName }) => byName && classes.length !== 1);
  if (odd.length === 0) return;
  const named = odd
    .slice(0, most)
    .map(({ folder, classes }) =>
      classes.length === 0
        ? `${folder}${nearest(mapper, folder)}`
        : `${folder} (matches several: ${classes.join(', ')})`,
    );
  const rest = odd.length > most ? `, ... (${odd.length} in all)` : '';
  throw new FileError(
    dir,
    `${odd.length} of ${found.length} folders do not match exactly one of the model's ${mapper.size} classes: ${named.join(', ')}${rest}; ${remedy}`,
  );
}

/** @throws when a class is in two folders, or twice in one */
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

/** A split, with the class names of its labels and results. */
export interface LabelledSplit {
  readonly split: ImageFolder;
  readonly names: readonly string[];
  /** The model's classes of each name; undefined when the names are the model's classes. */
  readonly groups?: ClassGroups;
}

/**
 * Labels a split. If each folder is one class, labels and names are the model's. If a folder has several
 * classes, the names are the folders; remaining classes form one more, `other`.
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
