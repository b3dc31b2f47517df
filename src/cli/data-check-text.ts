/** What `data check` prints: counts, sizes, and what there is to mend. */
import type { DatasetReport, Duplicates, SizedFile } from '../data/dataset/check-dataset.ts';
import { count } from '../text/count.ts';

/** Files or pairs named before the rest is only counted. */
const shown = 20;

export function formatCheck(report: DatasetReport): string {
  const { dir, images, classes, ignored, sizes, unreadable, missing, copies, near } = report;
  const between = report.splits.length > 1 ? report.splits : ['train', 'test'];
  const passedOver = ignored > 0 ? `; ${count(ignored, 'other file')} passed over` : '';
  return [
    `${dir}: ${count(images, 'image')} of ${count(classes.length, 'class', 'classes')}${passedOver}`,
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
    ...section(
      'classes without images',
      missing.map(({ class: name, split }) => (split ? `${name}: none in ${split}` : name)),
    ),
    ...duplicates('exact copies', copies, between),
    ...duplicates('near-duplicates', near, between),
  ].join('\n');
}

function table({ classes, splits }: DatasetReport): string[] {
  const columns = splits.length > 0 ? splits : (['images'] as const);
  const rows = classes.map((row) => [row.name, ...columns.map((column) => String(row[column]))]);
  const sums = columns.map((column) => String(classes.reduce((sum, row) => sum + (row[column] ?? 0), 0)));
  const all = [['class', ...columns], ...rows, ['in all', ...sums]];
  const widths = all[0].map((_, i) => Math.max(...all.map((row) => row[i].length)));
  return all.map(([name, ...numbers]) =>
    [name.padEnd(widths[0]), ...numbers.map((number, i) => number.padStart(widths[i + 1]))].join('  '),
  );
}

function section(title: string, lines: readonly string[]): string[] {
  const more = lines.length > shown ? [`  and ${lines.length - shown} more; --json FILE lists all`] : [];
  return [`${title}: ${lines.length}`, ...lines.slice(0, shown).map((line) => `  ${line}`), ...more];
}

/** Those that do harm are named; the others, within a class of a split, are counted. */
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
  return `${sides(file)} (${file.file})`;
}
