import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ClassMapper, nameNumbered, parseClassNames } from './class-names.ts';

const synsets = `n01440764 tench, Tinca tinca
n01496331 electric ray, crampfish, numbfish, torpedo
n01498041 stingray
n02012849 crane
n03126707 crane
n02113023 Pembroke, Pembroke Welsh corgi
`;
const mapper = ClassMapper.fromSynsets(synsets);

test('converts between names and indices', () => {
  expect(mapper.size).toBe(6);
  expect(mapper.name(0)).toBe('tench');
  expect(mapper.id(2)).toBe('n01498041');
  expect(mapper.index('stingray')).toBe(2);
  expect(mapper.index('n01440764')).toBe(0);
});

test('accepts other names and other spellings', () => {
  expect(mapper.index('torpedo')).toBe(1);
  expect(mapper.index('Electric_Ray')).toBe(1);
  expect(mapper.index('Pembroke Welsh corgi')).toBe(5);
  expect(mapper.index('tench, Tinca tinca')).toBe(0);
});

test('rejects a shared name with a list of its classes; the id is unambiguous', () => {
  expect(() => mapper.index('crane')).toThrow(
    "the name 'crane' is shared by the classes 3 (n02012849), 4 (n03126707); use the index or the id",
  );
  expect(mapper.index('n03126707')).toBe(4);
  expect(mapper.name(4)).toBe('crane');
});

test('names are compared in Unicode NFC', () => {
  const [composed, decomposed] = ['Caf\u00e9', 'Cafe\u0301'];
  const of = (name: string) => ClassMapper.fromFolders(['bar', name]);
  expect(of(composed).index(decomposed)).toBe(1);
  expect(of(decomposed).index(composed)).toBe(1);
  expect(of(decomposed).index(composed.toUpperCase())).toBe(1);
  expect(parseClassNames(`bar\n${decomposed}`, 'c.txt')).toEqual(['bar', composed]);
  expect(() => parseClassNames(`${composed}\n${decomposed}`, 'c.txt')).toThrow('is already in line 1');
});

test('an unknown name suggests near ones', () => {
  expect(() => mapper.index('stingry')).toThrow("no class is called 'stingry'; did you mean 'stingray'?");
  expect(() => mapper.index('corgi')).toThrow("did you mean 'Pembroke Welsh corgi'?");
  expect(() => mapper.index('zzzzzz')).toThrow(/^no class is called 'zzzzzz'$/);
  expect(() => mapper.index('')).toThrow(/^no class is called ''$/);
});

test('rejects an index out of range', () => {
  for (const index of [-1, 6, 1.5]) {
    expect(() => mapper.name(index)).toThrow(`the class index is a whole number from 0 to 5, got ${index}`);
  }
});

test('folder classes have the folder names, or those of the synset file', () => {
  const folders = ClassMapper.fromFolders(['disc', 'n01498041'], synsets);
  expect([folders.name(0), folders.name(1)]).toEqual(['disc', 'stingray']);
  expect(folders.index('stingray')).toBe(1);
  expect(ClassMapper.fromFolders(['Cat', 'cat']).index('cat')).toBe(1);
});

test('rejects broken lists', () => {
  expect(() => ClassMapper.fromSynsets('n01\n')).toThrow(
    "line 1: a line is 'ID name, other name', got 'n01'",
  );
  expect(() => ClassMapper.fromFolders(['a', 'a'])).toThrow('a is both class 0 and class 1');
  expect(() => new ClassMapper([{ id: 'a', names: [] }])).toThrow('class 0 (a) has no name');
});

const file = '../shared/animal_synsets.txt';
test.skipIf(!existsSync(file))(
  `every class of ${file} has an index (skipped where the file is absent)`,
  () => {
    const animals = ClassMapper.fromSynsets(readFileSync(file, 'utf8'));
    expect(animals.size).toBe(398);
    expect(animals.index('stingray')).toBe(6);
    animals.entries.forEach(({ id }, i) => {
      expect(animals.index(id)).toBe(i);
      expect(animals.index(animals.name(i))).toBe(i);
    });
    // Two classes share each of ten names. If it is the short name of one, that class has it; otherwise the
    // error lists both.
    const shared: string[] = [];
    for (const name of new Set(animals.entries.flatMap(({ names }) => names))) {
      try {
        expect(animals.entries[animals.index(name)].names).toContain(name);
      } catch (error) {
        shared.push(`${name}: ${(error as Error).message}`);
      }
    }
    expect(shared.map((line) => line.split(':')[0])).toEqual([
      'sand viper',
      'grass snake',
      'crawfish',
      'catamount',
      'panther',
      'Sus scrofa',
      'panda',
    ]);
    expect(shared[0]).toContain(
      "the name 'sand viper' is shared by the classes 54 (n01729322), 66 (n01753488); use the index or the id",
    );
    expect(animals.name(animals.index('partridge'))).toBe('partridge');
  },
);

test('reads a list of class names, one per line, and the id of a synset', () => {
  expect(parseClassNames('polar bear\r\n cat\n', 'c.txt')).toEqual(['polar bear', 'cat']);
  expect(parseClassNames(synsets, 'c.txt').slice(0, 2)).toEqual(['n01440764', 'n01496331']);
  expect(() => parseClassNames('cat\n\ndog\n', 'c.txt')).toThrow(
    'c.txt, line 2: a class name is needed, the line is empty',
  );
  expect(() => parseClassNames('cat\ndog\ncat', 'c.txt')).toThrow(
    'c.txt, line 3: the class cat is already in line 1',
  );
});

test('replaces numbers by the names of as many folders', () => {
  expect(nameNumbered(['#0', '#1'], ['cat', 'dog'])).toEqual(['cat', 'dog']);
  expect(nameNumbered(['#0', '#1'], ['cat'])).toEqual(['#0', '#1']);
  expect(nameNumbered(['fox', '#1'], ['cat', 'dog'])).toEqual(['fox', '#1']);
});
