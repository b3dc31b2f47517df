import { expect, test } from 'vitest';
import { imagenetNames, synsetsOf } from '../../classifier/imagenet-classes.ts';
import { labelSplit, linkClasses } from './class-links.ts';
import type { ImageFolder } from './image-folder.ts';
import { parseLabelMap } from './label-map.ts';

const names = ['tench', 'golden retriever', 'crane', 'sports car', 'Canoe', 'crane', 'cab, taxi', '2'];
const remedy = 'say which';
const link = (folders: readonly string[], map?: string) =>
  linkClasses(
    folders,
    { names },
    {
      dir: 'data/test',
      remedy,
      mapFile: 'map.txt',
      map: map === undefined ? undefined : parseLabelMap(map, 'map.txt'),
    },
  );

test('matches folders by exact name, otherwise by common spellings, which are reported', () => {
  expect(link(['2', 'sports car', 'tench'])).toEqual({ classes: [[7], [3], [0]], tolerated: [] });
  expect(link(['Golden_Retriever', 'canoe', 'taxi'])).toEqual({
    classes: [[1], [4], [6]],
    tolerated: ['Golden_Retriever = golden retriever', 'canoe = Canoe', 'taxi = cab, taxi'],
  });
});

test('matches names in any Unicode form, in folders, classes and map', () => {
  const [composed, decomposed] = ['Caf\u00e9', 'Cafe\u0301'];
  const found = linkClasses([composed, 'bar'], { names: ['bar', decomposed] }, { dir: 'd', remedy });
  expect(found).toEqual({ classes: [[1], [0]], tolerated: [] });
  const map = parseLabelMap(`${decomposed}: bar`, 'map.txt');
  const mapped = linkClasses([composed], { names: ['bar'] }, { dir: 'd', remedy, map });
  expect(mapped.classes).toEqual([[0]]);
});

test('matches classes of ImageNet by synset, too', () => {
  const model = { names: imagenetNames, synsets: synsetsOf(imagenetNames) };
  const found = linkClasses(['n01440764', 'hen'], model, { dir: 'd', remedy });
  expect(found).toEqual({ classes: [[0], [8]], tolerated: ['n01440764 = tench'] });
  expect(synsetsOf([...imagenetNames.slice(1), 'tench'])).toBeUndefined();
});

test('names folders that match no class, with the nearest class', () => {
  expect(() => link(['tench', 'sports cars', 'crane', 'xyzzy'])).toThrow(
    "data/test: 3 of 4 folders do not match exactly one of the model's 8 classes: sports cars (near: sports car), crane (matches several: 2, 5), xyzzy; say which",
  );
  const many = Array.from({ length: 12 }, (_, i) => `folder number ${i}`);
  expect(() => link(many)).toThrow(/folder number 9, \.\.\. \(12 in all\); say which$/);
});

test('rejects two folders of one class', () => {
  expect(() => link(['Tench', 'tench'])).toThrow(
    'data/test: the class 0 (tench) is both in Tench and in tench',
  );
});

test('a map has names, indices or lists; other folders go by their names', () => {
  const found = link(['birds', 'CANOE', 'vehicle'], 'vehicle: sports_car, taxi\nbirds: 2, 5');
  // A class is called 2: that goes before the index.
  expect(found).toEqual({ classes: [[7, 5], [4], [3, 6]], tolerated: ['CANOE = Canoe'] });
  const json = link(['birds'], '{"birds": [2, 5]}');
  expect(json.classes).toEqual([[2, 5]]);
});

test.each([
  ['bird: 1', 'map.txt: data/test has no folder bird (near: birds)'],
  ['birds: hawk', /^map.txt: birds: no class is called 'hawk'$/],
  ['birds: sport car', "map.txt: birds: no class is called 'sport car' (near: sports car)"],
  ['birds: crane', "map.txt: birds: several classes are called 'crane': 2, 5; use the index"],
  ['birds: 8', 'map.txt: birds: class indices are from 0 to 7, got 8'],
  ['{"birds": 1.5}', 'map.txt: birds: class indices are from 0 to 7, got 1.5'],
  ['birds: 5, 5', 'map.txt: the class 5 (crane) is twice in birds'],
  ['birds: Tench', 'map.txt: the class 0 (tench) is both in birds and in tench'],
])('rejects a wrong map: %s', (map, message) => {
  expect(() => link(['birds', 'tench'], map)).toThrow(message);
});

const split: ImageFolder = {
  dir: 'data/test',
  classes: ['a', 'b'],
  samples: [
    { path: 'a/1', label: 0 },
    { path: 'b/2', label: 1 },
  ],
};

test('labels are classes if each folder is one class', () => {
  const {
    split: labelled,
    names: of,
    groups,
  } = labelSplit(split, { classes: [[3], [1]], tolerated: [] }, names);
  expect(labelled.samples.map(({ label }) => label)).toEqual([3, 1]);
  expect([of, labelled.classes, groups]).toEqual([names, names, undefined]);
});

test('labels are folders if a folder has several classes', () => {
  const three = ['x', 'y', 'z', 'w'];
  const found = labelSplit(split, { classes: [[3, 1], [0]], tolerated: [] }, three);
  expect(found.split.samples).toEqual(split.samples);
  expect([found.names, found.groups]).toEqual([
    ['a', 'b', 'other'],
    [[3, 1], [0], [2]],
  ]);
  const whole = labelSplit(
    split,
    {
      classes: [
        [3, 1],
        [0, 2],
      ],
      tolerated: [],
    },
    three,
  );
  expect([whole.names, whole.groups]).toEqual([
    ['a', 'b'],
    [
      [3, 1],
      [0, 2],
    ],
  ]);
  const other = labelSplit(
    { ...split, classes: ['a', 'other'] },
    { classes: [[3, 1], [0]], tolerated: [] },
    three,
  );
  expect(other.names).toEqual(['a', 'other', 'other classes']);
});
