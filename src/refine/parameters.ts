/**
 * The parameters of the refinement, one entry each. Everything else follows from the entries: the types and
 * checks below, the options of the command line, the parameters of the server, the page's controls and
 * addresses, the table in docs/commands.md.
 */
import { shown } from '../text/shown.ts';

/** The fields of every entry. */
interface Entry {
  /** The refiner that uses the parameter; default: both. */
  readonly refiner?: 'regions' | 'crf';
  /** The parameter has an effect only while another one has this value; default: always. */
  readonly when?: Readonly<Record<string, string>>;
  /** The name of the value in the command line's help. */
  readonly placeholder: string;
  /** The page's label, one to three words. */
  readonly title: string;
  /** One line in plain text, without a full stop, for the help of the command line and for the page. */
  readonly hint: string;
  /** Full sentences in Markdown, for docs/commands.md and the server's API description. */
  readonly text: string;
}

/** A parameter with a choice of words. */
export interface WordEntry extends Entry {
  readonly default: string;
  /** The default with the refiner crf, if it differs. */
  readonly crfDefault?: string;
  /**
   * In words: the default of the commands, the server and the page, if it depends on the model. Default:
   * `default`.
   */
  readonly modelDefault?: string;
  /** The words, and the page's label for each. */
  readonly words: Readonly<Record<string, string>>;
  /** Old names of words, which are still accepted, and their present names. */
  readonly aliases?: Readonly<Record<string, string>>;
}

/** A parameter that is a number. */
export interface NumberEntry extends Entry {
  readonly default: number;
  /** The default with the refiner crf, if it differs. */
  readonly crfDefault?: number;
  readonly range: readonly [low: number, high: number];
  /** Whether the lower end is excluded from the range. Default false. */
  readonly open?: boolean;
  /** Whether only whole numbers are allowed; the slider's step is then 1. Default false. */
  readonly whole?: boolean;
  readonly unit?: string;
  /** The page's slider: its step, and where it begins and ends. Default: the range's ends. */
  readonly slider: { readonly step: number; readonly start?: number; readonly end?: number };
}

/** In the order of the steps. The range, default and meaning of each option of `RefineOptions`. */
export const parameterTable = {
  refiner: {
    default: 'regions',
    modelDefault:
      'crf where a model ties the high-res CAM to the class, and for imported classifiers, else regions',
    words: { regions: 'Regions', crf: 'CRF' },
    placeholder: 'name',
    title: 'Refiner',
    hint: 'refine by growing regions, or by a dense CRF',
    text: '`regions` grows a region from the peaks of the low-res CAM to the edges of the high-res CAM. `crf` refines the high-res CAM alone: places that are near each other and of similar colour come to agree.',
  },
  roiPercentile: {
    refiner: 'regions',
    default: 85,
    range: [0, 100],
    unit: '%',
    slider: { step: 1 },
    placeholder: 'p',
    title: 'Region of interest',
    hint: 'the region of interest lies above this percentile of the low-res CAM',
    text: 'The region of interest is every pixel above this percentile of the low-res CAM.',
  },
  focalScope: {
    refiner: 'regions',
    default: 'global',
    words: { global: 'Highest', local: 'Local maxima' },
    placeholder: 'scope',
    title: 'Focal points',
    hint: 'the region grows from the highest pixels, or from the local maxima',
    text: 'The region grows from the highest pixels of the low-res CAM (`global`), or from its local maxima (`local`).',
  },
  maximaAreas: {
    refiner: 'regions',
    when: { focalScope: 'local' },
    default: 'small',
    words: { small: 'Thinned', large: 'Whole' },
    placeholder: 'areas',
    title: 'Maxima',
    hint: 'local maxima thinned to their skeletons, or whole',
    text: 'Local maxima, which are blocks of pixels, are thinned to their skeletons (`small`), or stay whole (`large`).',
  },
  mergeType: {
    refiner: 'regions',
    default: 'blend',
    words: { blend: 'Blend', multiply: 'Multiply' },
    aliases: { merge: 'blend' },
    placeholder: 'type',
    title: 'Merger',
    hint: 'how the segment and the low-res CAM are merged',
    text: 'The segment and the low-res CAM are merged into their weighted mean (`blend`, once called `merge`), or into their product (`multiply`).',
  },
  mergeAlpha: {
    refiner: 'regions',
    when: { mergeType: 'blend' },
    default: 0.5,
    range: [0, 1],
    slider: { step: 0.01 },
    placeholder: 'a',
    title: 'Segment’s weight',
    hint: 'weight of the segment in the blend; the low-res CAM has the rest',
    text: 'The weight of the segment in the blend; the low-res CAM has the rest.',
  },
  crfLevel: {
    refiner: 'crf',
    default: 0.8,
    range: [0, 2],
    slider: { step: 0.01 },
    placeholder: 't',
    title: 'Level',
    hint: "pixels above this multiple of Otsu's threshold of the high-res CAM count as object in the unary term",
    text: "The unary term is 0 at this multiple of Otsu's threshold (1979) of the high-res CAM, the threshold that separates the CAM's pixels best into two groups. Higher values count for the object, lower values against it.",
  },
  crfSpatial: {
    refiner: 'crf',
    default: 0.2,
    // A cell of the CRF's grid is 1/64 wide: below a third of that, all weights between cells vanish.
    range: [0.005, 1],
    slider: { step: 0.01, start: 0.01, end: 0.5 },
    placeholder: 's',
    title: 'Reach',
    hint: "standard deviation of the spatial Gaussian, as a share of the picture's width and height",
    text: "The standard deviation of the pairwise term's spatial Gaussian, as a share of the picture's width and height. The larger it is, the farther places influence each other.",
  },
  crfColour: {
    refiner: 'crf',
    default: 5,
    // Two 8-bit colours differ by at least about 0.4: below a quarter of that, only equal colours have
    // weight.
    range: [0.1, 100],
    slider: { step: 0.5, start: 0.5, end: 50 },
    placeholder: 's',
    title: 'Colours',
    hint: 'standard deviation of the colour Gaussian, in units of CIELAB',
    text: "The standard deviation of the pairwise term's colour Gaussian, in units of CIELAB. The larger it is, the more places of different colours influence each other.",
  },
  crfWeight: {
    refiner: 'crf',
    default: 3,
    range: [0, 100],
    unit: 'logits',
    slider: { step: 0.1, end: 20 },
    placeholder: 'w',
    title: 'Weight',
    hint: 'weight of the pairwise term, in logits',
    text: 'The weight of the pairwise term, in logits; 0 leaves the unary term alone, which spans 6 logits.',
  },
  filterType: {
    default: 'percentage',
    crfDefault: 'otsu',
    words: { percentage: 'Share', threshold: 'Value', otsu: 'Object' },
    placeholder: 'type',
    title: 'Keep',
    hint: "keep a share of the pixels, those above a value, or those above Otsu's threshold",
    text: "The result keeps a share of the pixels (`percentage`), those above a value (`threshold`), or those above the value that parts the refined CAM's pixels best into two groups (`otsu`; Otsu, 1979): the object, however large it is.",
  },
  filterPercentage: {
    when: { filterType: 'percentage' },
    default: 15,
    range: [0, 100],
    open: true,
    unit: '%',
    slider: { step: 0.5 },
    placeholder: 'p',
    title: 'Share kept',
    hint: 'share of the pixels that is kept, in percent',
    text: 'The share of the pixels that is kept, in percent: those where the refined CAM is highest.',
  },
  filterThreshold: {
    when: { filterType: 'threshold' },
    default: 0.6,
    crfDefault: 0.4,
    range: [0, 1],
    slider: { step: 0.01 },
    placeholder: 't',
    title: 'Value',
    hint: 'value of the refined CAM, scaled to [0, 1], above which pixels are kept',
    text: 'Pixels are kept where the refined CAM, scaled to [0, 1], lies above this value.',
  },
} as const;

type Table = typeof parameterTable;
type ValueOf<E> = E extends { readonly words: infer Words } ? keyof Words : number;
type AliasOf<E> = E extends { readonly aliases: infer Aliases } ? keyof Aliases : never;

/**
 * How a map is refined. 'regions': a region grown from the peaks of the low-res map to the edges of the
 * high-res map, merged with the low-res map, as in the paper; for high-res maps that are sharp but not tied
 * to the class. 'crf': the high-res map alone, by a dense CRF with the picture's colours; for high-res maps
 * that are tied to the class, and for enlarged low-res maps.
 */
export type Refiner = keyof Table['refiner']['words'];

/**
 * The options of a refinement. `parameterTable` has each option's meaning, words or range, and default;
 * `refineDefaults` has the defaults of the refiner regions, `defaultsFor` those of either; `refinerFor` gives
 * the default refiner of a model's maps.
 */
export type RefineOptions = {
  -readonly [Name in keyof Table]?: ValueOf<Table[Name]> | AliasOf<Table[Name]>;
};

/** All options, each with a value; words have their present names. */
export type CompleteOptions = { -readonly [Name in keyof Table]: ValueOf<Table[Name]> };

/** An entry of the table, with its name. */
export type RefineParameter = { readonly name: keyof Table } & (WordEntry | NumberEntry);

/** The table as a list. */
export const refineParameters: readonly RefineParameter[] = Object.entries<WordEntry | NumberEntry>(
  parameterTable,
).map(([name, entry]) => ({ name: name as keyof Table, ...entry }));

/** A parameter's default with a refiner. */
export function defaultFor(refiner: Refiner, one: WordEntry | NumberEntry): string | number {
  return (refiner === 'crf' ? one.crfDefault : undefined) ?? one.default;
}

/**
 * The defaults of all options with a refiner.
 * @example
 * ```ts
 * import { defaultsFor } from 'high-res-mapping';
 *
 * console.log(defaultsFor('regions').filterType, defaultsFor('crf').filterType); //=> percentage otsu
 * console.log(defaultsFor('crf').crfWeight); //=> 3
 * ```
 */
export function defaultsFor(refiner: Refiner): CompleteOptions {
  const defaults = refineParameters.map((one) => [one.name, defaultFor(refiner, one)]);
  return { ...Object.fromEntries(defaults), refiner } as CompleteOptions;
}

/**
 * The defaults of the refiner 'regions'; `defaultsFor` has those of either refiner.
 * @example
 * ```ts
 * import { refineDefaults } from 'high-res-mapping';
 *
 * const { refiner, roiPercentile, filterType, filterPercentage } = refineDefaults;
 * console.log(refiner, roiPercentile, filterType, filterPercentage); //=> regions 85 percentage 15
 * ```
 */
export const refineDefaults: CompleteOptions = defaultsFor('regions');

/**
 * In words, the default of a parameter, if it depends on the model or the refiner; undefined: it is always
 * `default`.
 */
export function varyingDefault(one: RefineParameter): string | undefined {
  const { crfDefault } = one;
  if ('words' in one && one.modelDefault !== undefined) return one.modelDefault;
  return crfDefault === undefined ? undefined : `${one.default}; with the refiner crf ${crfDefault}`;
}

/** All words that a parameter accepts, old names last. */
export function wordsOf({ words, aliases = {} }: WordEntry): string[] {
  return [...Object.keys(words), ...Object.keys(aliases)];
}

/** The range of a parameter, as in `(0, 100]`. */
export function rangeOf({ range: [low, high], open }: NumberEntry): string {
  return `${open ? '(' : '['}${low}, ${high}]`;
}

/** The rule that a value breaks, as in `is in [0, 100]`; undefined: it breaks none. */
export function brokenRule(parameter: RefineParameter, value: unknown): string | undefined {
  if ('words' in parameter) {
    const words = wordsOf(parameter);
    return words.includes(value as string) ? undefined : `is one of ${words.join(', ')}`;
  }
  const { open, whole = false } = parameter;
  const [low, high] = parameter.range;
  const within = typeof value === 'number' && (open ? value > low : value >= low) && value <= high;
  if (within && (!whole || Number.isInteger(value))) return undefined;
  return `is ${whole ? 'a whole number ' : ''}in ${rangeOf(parameter)}`;
}

/** A valid value; for a word, its present name. */
export function presentValue(parameter: RefineParameter, value: string | number): string | number {
  const aliases = 'words' in parameter ? parameter.aliases : undefined;
  return aliases?.[value] ?? value;
}

/**
 * The values of other options that an option implies when it is set. For example, a share to keep implies
 * `filterType` 'percentage', unless `filterType` is set itself.
 */
export function impliedBy({ when = {} }: RefineParameter): [other: string, value: string][] {
  const byName: Readonly<Record<string, WordEntry | NumberEntry>> = parameterTable;
  return Object.entries(when).filter(([other]) => byName[other].crfDefault !== undefined);
}

/**
 * The options completed with defaults, and with the values that set options imply (`impliedBy`).
 * @throws when an option is unknown or out of range, or two options imply different values; the error names
 * the rule and the value
 */
export function completeOptions(options: RefineOptions): CompleteOptions {
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(parameterTable, name)) {
      throw new Error(`refine: options are ${Object.keys(parameterTable).join(', ')}, got ${name}`);
    }
  }
  const refiner = options.refiner ?? parameterTable.refiner.default;
  const asked = impliedOptions(options, refiner);
  const complete = refineParameters.map((parameter) => {
    const { name } = parameter;
    const { [name]: value = asked.get(name)?.value ?? defaultFor(refiner, parameter) } = options;
    const rule = brokenRule(parameter, value);
    if (rule !== undefined) throw new Error(`refine: ${name} ${rule}, got ${shown(value)}`);
    return [name, presentValue(parameter, value)];
  });
  return Object.fromEntries(complete) as CompleteOptions;
}

/**
 * The values that the set options imply for others, and the option that implies each.
 * @throws when two options imply different values
 */
function impliedOptions(
  options: RefineOptions,
  refiner: Refiner,
): Map<string, { readonly value: string; readonly by: string }> {
  const asked = new Map<string, { value: string; by: string }>();
  for (const one of refineParameters) {
    if (options[one.name] === undefined || !usesParameter(refiner, one)) continue;
    for (const [other, value] of impliedBy(one)) {
      const before = asked.get(other);
      if (options[other as keyof Table] === undefined && before !== undefined && before.value !== value) {
        throw new Error(
          `refine: ${before.by} asks for ${other} ${before.value} and ${one.name} for ${value}; ${other} says which`,
        );
      }
      asked.set(other, { value, by: one.name });
    }
  }
  return asked;
}

/** Whether a refiner uses a parameter. */
export function usesParameter(refiner: Refiner, parameter: RefineParameter): boolean {
  return (parameter.refiner ?? refiner) === refiner;
}

/** Whether a parameter has an effect with the values of the other options. */
export function hasEffect(parameter: RefineParameter, options: CompleteOptions): boolean {
  const needed = Object.entries(parameter.when ?? {});
  return (
    usesParameter(options.refiner, parameter) &&
    needed.every(([name, value]) => options[name as keyof Table] === value)
  );
}

/**
 * The default refiner.
 * @param expansion of the model that computed the maps (`CamModel.expansion`); 'crf' where it ties the
 * high-res map to the class ('tied-cells', 'tied-image'), else 'regions'
 * @param imported whether the model is an imported classifier (`CamModel.imported`), whose enlarged maps are
 * always refined by 'crf'
 * @example
 * ```ts
 * import { refinerFor } from 'high-res-mapping';
 *
 * console.log(refinerFor('tied-image'), refinerFor('reconstruction')); //=> crf regions
 * console.log(refinerFor(undefined, true)); //=> crf
 * ```
 */
export function refinerFor(expansion: string | undefined, imported = false): Refiner {
  return imported || expansion?.startsWith('tied-') ? 'crf' : 'regions';
}
