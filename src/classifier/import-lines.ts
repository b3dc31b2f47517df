/** Describes what an import found and what it assumed, for people to read. */
import { count, groupedCount } from '../text/count.ts';
import { shortPercent } from '../text/percent.ts';
import type { Declared, DeclaredFields } from './declared.ts';
import { batchWords, firstClasses, fitWords, headWords, preprocessingWords, short } from './fact-words.ts';
import type { Imported, ImportReport } from './import-classifier.ts';
import { keyedLines, noBreakSpace } from './keyed-lines.ts';

/**
 * What an import found and what it assumed, in words: lines `key: value`, of input, size, preprocessing,
 * fit, classes, output, head, target layer and others. Values begin in one column; long ones go on in
 * further lines.
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { importClassifier, importLines } from 'high-res-mapping';
 * import { createSession } from 'high-res-mapping/node';
 *
 * const imported = await importClassifier(await readFile('classifier.onnx'), createSession);
 * const lines = importLines(imported);
 * console.log(lines[0]); //=> input:         'images', NCHW, float32, 3 channels, 1 picture per run
 * console.log(lines[1]); //=> size:          64 x 64, the only size that the file accepts
 * ```
 */
export function importLines(imported: Imported): string[] {
  const rows: [key: string, value: string | undefined][] = [
    ['input', inputOf(imported)],
    ['size', sizeOf(imported)],
    ['preprocessing', preprocessingOf(imported)],
    ['fit', fitOf(imported)],
    ['classes', classesOf(imported)],
    ['output', outputOf(imported.report)],
    ['head', headWords(imported.classifier.imported)],
    ['target layer', targetOf(imported)],
    ['difference', differenceOf(imported.report)],
    ['weights', weightsOf(imported.report)],
    ['pictures', apartOf(imported.report)],
  ];
  return keyedLines(rows.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])));
}

function inputOf({ classifier, report: { input, inputType } }: Imported): string {
  const runs = batchWords(classifier.imported);
  const channels = input.channels === 1 ? '1 channel' : '3 channels';
  return `'${short(input.name)}', ${input.layout}, ${inputType}, ${channels}, ${runs}`;
}

function sizeOf({ classifier: { imSize, imported }, report: { sizeFrom, declared } }: Imported): string {
  const froms: Readonly<Record<ImportReport['sizeFrom'], string>> = {
    'the file': 'the only size that the file accepts',
    option: 'from the option',
    declared: from(declared, 'size'),
    assumed: 'assumed, since the file accepts any size; --im-size sets another',
  };
  const others = imported.sizes === 'any' && sizeFrom !== 'assumed' ? '; other sizes are possible' : '';
  return `${imSize} x ${imSize}, ${froms[sizeFrom]}${others}`;
}

function preprocessingOf({
  classifier,
  report: { input, inputType, preprocessingFrom, declared },
}: Imported): string {
  const formula = preprocessingWords(classifier.imported.preprocessing);
  if (preprocessingFrom === 'option') return `${formula}, from the option`;
  if (preprocessingFrom === 'declared') return `${formula}, ${from(declared, 'preprocessing')}`;
  if (input.isLevels) return `${formula}, since its input is ${inputType}`;
  const other = '--preprocess sets another';
  const { tried, pictures } = preprocessingFrom;
  if (tried.length === 0) return `${formula}, assumed, since there is no picture to try it on; ${other}`;
  const list = tried
    .map((one) =>
      `${one.name} ${one.apart.toFixed(2)} and ${shortPercent(one.confidence)}`.replaceAll(' ', noBreakSpace),
    )
    .join(', ');
  return `${formula}, guessed with ${pictures} pictures, by how much the outputs differ and how certain they are: ${list}; ${other}`;
}

function fitOf({ classifier: { imported }, report: { declared } }: Imported): string {
  const { fit } = imported;
  const said = declared.crop === undefined ? undefined : from(declared, 'crop');
  if (fit !== 'squash') {
    return `${fitWords(fit)}, ${said ?? 'assumed'}`;
  }
  const hint =
    said === undefined
      ? '; --fit crop takes its middle'
      : `; ${said}, it was trained on the middle, ${shortPercent(declared.crop as number)} of the shorter side: --fit crop cuts that out`;
  return `${fitWords(fit)}${hint}`;
}

function classesOf({ classifier: { classes }, report: { classesFrom, declared } }: Imported): string {
  const froms: Readonly<Record<ImportReport['classesFrom'], string>> = {
    option: 'from the option',
    declared: from(declared, 'classes'),
    imagenet: "ImageNet's, assumed since there are 1,000; --classes sets others",
    numbers: 'numbered, since no names were found; --classes sets them',
  };
  return `${groupedCount(classes.length, 'class', 'classes')}, ${froms[classesFrom]}: ${firstClasses(classes)}`;
}

function outputOf({ output: { name, activation, inside }, declared }: ImportReport): string {
  const isDeclared = declared.multiLabel && activation === 'sigmoid' && !inside;
  const why = isDeclared ? `, since several classes may hold at once, ${from(declared, 'multiLabel')}` : '';
  return `'${short(name)}', ${activation} ${inside ? 'inside' : 'added'}${why}`;
}

function targetOf({ classifier: { imported } }: Imported): string {
  const { target, all } = imported.layers;
  const { channels, height, width, special } = all.find(
    ({ name }) => name === target,
  ) as (typeof all)[number];
  const aside =
    special === 0
      ? ''
      : `, without ${count(special, 'token')} that ${special === 1 ? 'has' : 'have'} no place`;
  return `${short(target)}, ${height} x ${width}, ${groupedCount(channels, 'channel')}${aside}`;
}

function differenceOf({ difference, pictures }: ImportReport): string {
  if (pictures === 0) return 'not measured, since there is no picture';
  const most = difference === 0 ? '0' : difference.toPrecision(2);
  return `at most ${most} in probability from the original, on ${count(pictures, 'picture')}`;
}

/** undefined if they are stored unchanged. */
function weightsOf({ rounded, pictures }: ImportReport): string | undefined {
  if (rounded === undefined) return undefined;
  const moved = pictures === 0 ? '' : `, which changes probabilities by at most ${rounded.toPrecision(2)}`;
  return `large ones are stored as float16${moved}; computed in float32`;
}

/** Below this, the outputs hardly depend on the picture. */
const lowApartness = 0.3;

function apartOf({ apart, pictures }: ImportReport): string {
  if (apart === undefined) return 'not measured, since that needs two pictures';
  const doubt = apart < lowApartness ? '; they hardly depend on the picture: check the preprocessing' : '';
  return `the outputs for ${pictures} pictures differ by ${apart.toFixed(2)} (0: all the same; 1: not correlated)${doubt}`;
}

/** Where something was declared. */
function from(declared: Declared, key: keyof DeclaredFields): string {
  return `from ${declared.from?.[key] ?? 'what was declared'}`;
}
