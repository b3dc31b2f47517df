import { expect, test } from 'vitest';
import { folderLines } from './left-out-text.ts';

test('warns about unused pictures, notes other files, ignores hidden ones', () => {
  const picture = (path: string, what: string) => ({ path, kind: 'picture', what }) as const;
  const other = (path: string, what: string) => ({ path, kind: 'other', what }) as const;
  expect(
    folderLines({
      dir: 'data/train',
      leftOut: [
        picture('bird/a', 'without an ending'),
        ...['1', '2', '3'].map((name) => picture(`bird/${name}.heic`, '.heic')),
        { path: 'bird/pipe.jpg', kind: 'unusable', what: 'a named pipe' },
        { path: 'bird/\x1b[2K.jpg', kind: 'unusable', what: 'a named pipe' },
        { path: '.git', kind: 'hidden', what: '' },
        other('1.txt', '.txt'),
        other('2.txt', '.txt'),
        other('x', 'without an ending'),
      ],
      empty: ['cow'],
      alike: [['Car', 'car']],
    }),
  ).toEqual({
    warnings: [
      'data/train: left out, although pictures by extension or content: 3 .heic, 1 without an ending (bird/a, bird/1.heic, bird/2.heic and 1 more); convert, rename or move them',
      'data/train: left out: bird/pipe.jpg, bird/\\x1b[2K.jpg (a named pipe)',
      'data/train: class folders without a picture: cow',
      'data/train: the class folders Car and car differ only by letter case, and count as 2 classes; if they are one class, put their files into one folder',
    ],
    notes: ['data/train: left out, not pictures: 2 .txt, 1 without an ending'],
  });
  expect(folderLines({ dir: 'd' })).toEqual({ warnings: [], notes: [] });
});
