import { expect, test } from 'vitest';
import { parseLabelMap } from './label-map.ts';

const entries = (text: string) => [...parseLabelMap(text, 'map.txt')];

test('reads JSON and lines', () => {
  expect(entries('{"cars": ["sports car", 3], "boat": "canoe", "cat": 7}')).toEqual([
    ['cars', ['sports car', 3]],
    ['boat', ['canoe']],
    ['cat', [7]],
  ]);
  expect(entries('\ufeffcars: sports car, 3\r\n\r\n boat :canoe\n')).toEqual([
    ['cars', ['sports car', '3']],
    ['boat', ['canoe']],
  ]);
});

test.each([
  ['', 'map.txt: it names no folder'],
  ['{}', 'map.txt: it names no folder'],
  ['{"cars": []}', 'map.txt: the folder cars has no class; name at least one'],
  ['cars: ,', 'map.txt: the folder cars has no class; name at least one'],
  [
    '{"cars": {"a": 1}}',
    'map.txt: cars: the value of a folder is a class name, a class index, or a list of these',
  ],
  ['{"cars"', /^map.txt: .*JSON/],
  ['cars: a\nboats', "map.txt: line 2: a line is 'FOLDER: class, class', got 'boats'"],
  ['cars: a\ncars: b', 'map.txt: line 2: the folder cars is already listed'],
])('rejects %j', (text, message) => {
  expect(() => parseLabelMap(text, 'map.txt')).toThrow(message);
});
