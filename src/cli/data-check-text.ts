/** What `data check` prints: counts, sizes and problems. */
import type { CheckedTruth, DatasetReport, Duplicates, SizedFile } from '../data/dataset/check-dataset.ts';
import type { LeftOut } from '../data/dataset/walk-pictures.ts';
import { count } from '../text/count.ts';
import { printable } from '../text/printable.ts';
import { tally } from './left-out-text.ts';

/** Files or pairs named; the rest is counted. */
const shown = 20;

export function formatCheck(report: DatasetReport): string {
  const { dir, images, classes, leftOut, alike, sizes, unreadable, unlikely, missing, copies, near, truth } =
    report;
  const of = (wanted: LeftOut['kind']): LeftOut[] => leftOut.filter(({ kind }) => kind === wanted);
  const lost = [...of('picture'), ...of('unusable')];
  const between = report.splits.length > 1 ? report.splits : ['train', 'test'];
  return [
    `${printable(dir)}: ${count(images, 'image')} of ${count(classes.length, 'class', 'classes')}${passedOver(of('other'), of('hidden'))}`,
    '',
    ...table(report),
    '',
    ...(sizes
      ? [
          `sizes: smallest ${sized(sizes.smallest)}, median ${sides(sizes.median)}, largest ${sized(sizes.largest)}`,
        ]
      : []),
    ...section(
      'unreadable',
      unreadable.map(({ file, reason }) => `${file}: ${reason}`),
    ),
    ...(unlikely.length > 0
      ? section(
          'unlikely values',
          unlikely.map(({ file, note }) => `${file}: ${note}`),
        )
      : []),
    ...(lost.length > 0
      ? section(
          'left out: pictures, and files that cannot be used',
          lost.map(({ path, kind, what }) => `${path}: ${kind === 'picture' ? `a picture, ${what}` : what}`),
        )
      : []),
    ...section(
      'classes without images',
      missing.map(({ class: name, split }) => (split ? `${name}: none in ${split}` : name)),
    ),
    ...(alike.length > 0
      ? section(
          'class names that differ only by letter case',
          alike.map((names) => names.join(', ')),
        )
      : []),
    ...duplicates('exact copies', copies, between),
    ...duplicates('near-duplicates', near, between),
    ...truth.flatMap(truthLines),
  ].join('\n');
}

/** `; left out: 12 .txt, 1 .xml; 3 hidden` */
function passedOver(others: readonly LeftOut[], hidden: readonly LeftOut[]): string {
  const words = [
    ...(others.length > 0 ? [`; left out, not pictures: ${tally(others)}`] : []),
    ...(hidden.length > 0 ? [`; hidden or system files: ${hidden.length}`] : []),
  ];
  return words.join('');
}

function table({ classes, splits }: DatasetReport): string[] {
  const columns = splits.length > 0 ? splits : (['images'] as const);
  const rows = classes.map((row) => [printable(row.name), ...columns.map((column) => String(row[column]))]);
  const sums = columns.map((column) => String(classes.reduce((sum, row) => sum + (row[column] ?? 0), 0)));
  const all = [['class', ...columns], ...rows, ['in all', ...sums]];
  const widths = all[0].map((_, i) => Math.max(...all.map((row) => row[i].length)));
  return all.map(([name, ...numbers]) =>
    [name.padEnd(widths[0]), ...numbers.map((number, i) => number.padStart(widths[i + 1]))].join('  '),
  );
}

function section(title: string, lines: readonly string[]): string[] {
  const more = lines.length > shown ? [`  and ${lines.length - shown} more; --json FILE lists all`] : [];
  return [
    `${title}: ${lines.length}`,
    ...lines.slice(0, shown).map((line) => `  ${printable(line)}`),
    ...more,
  ];
}

/** Lines about the object masks and boxes. */
function truthLines({ split, masks, boxes, notes, problems }: CheckedTruth): string[] {
  const known = `masks of ${count(masks, 'image')}, boxes of ${count(boxes, 'image')}`;
  return [
    `ground truth of ${split}: ${known}`,
    ...notes.map((note) => `  ${note}`),
    ...section(
      `ground truth of ${split} that cannot be used`,
      problems.map(({ file, reason }) => `${file}: ${reason}`),
    ),
  ];
}

/** Names the duplicates that do harm; counts the others, which are within a class of a split. */
function duplicates(title: string, all: readonly Duplicates[], splits: readonly string[]): string[] {
  const harmful = all.filter(({ acrossSplits, acrossClasses }) => acrossSplits || acrossClasses);
  const rest = all.length - harmful.length;
  const [first, ...lines] = section(
    title,
    harmful.map(({ files, acrossSplits, acrossClasses }) => {
      const folders = [...new Set(files.map((file) => file.split('/', 1)[0]))];
      const why = [acrossSplits ? listed(folders) : [], acrossClasses ? 'two classes' : []].flat();
      return `${files.join(' = ')}  (${why.join(', ')})`;
    }),
  );
  return [
    `${first} between ${listed(splits)}, or of two classes; ${rest} within one class${rest > 0 ? ' (--json FILE lists them)' : ''}`,
    ...lines,
  ];
}

/** `train, val and test` */
function listed(names: readonly string[]): string {
  return [names.slice(0, -1).join(', '), ...names.slice(-1)].filter((part) => part !== '').join(' and ');
}

function sides({ width, height }: SizedFile): string {
  return `${width} x ${height}`;
}

function sized(file: SizedFile): string {
  return `${sides(file)} (${printable(file.file)})`;
}
