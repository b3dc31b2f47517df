/**
 * How a map is refined. 'regions': edges of the high-res map, a region grown from the peaks of the low-res one, both merged, as the
 * paper has it; for high-res maps that are sharp, but not the class's own. 'crf': the high-res map by itself, its places made to
 * agree with those near and of their colour; for high-res maps that belong to the class.
 */
export type Refiner = 'regions' | 'crf';

/** What can be set about the refinement; each has a default in `refineDefaults`. */
export interface RefineOptions {
  /** Default 'regions'; `refinerFor` says which one a model's maps go with. All but the filter's options belong to one refiner. */
  refiner?: Refiner;
  /** The region of interest lies above this percentile of the low-res map. In [0, 100], default 85. */
  roiPercentile?: number;
  /** Seeds are the highest pixels ('global', default), or local maxima of the low-res map ('local'). */
  focalScope?: 'global' | 'local';
  /** With 'local': seeds are the skeletons of the maxima's blocks ('small', default), or the whole blocks ('large'). */
  maximaAreas?: 'small' | 'large';
  /** How segment and low-res map are merged; default 'blend'. 'merge' is its old name and becomes 'blend'. */
  mergeType?: 'blend' | 'multiply' | 'merge';
  /** With 'blend': the segment's weight. In [0, 1], default 0.5. */
  mergeAlpha?: number;
  /** CRF: what of the high-res map, scaled to [0, 1], speaks neither for the object nor against it. In [0, 1], default 0.4. */
  crfThreshold?: number;
  /** CRF: how far places see each other, a standard deviation, as a share of the picture's width and height. In (0, 1], default 0.1. */
  crfSpatial?: number;
  /** CRF: how unlike they may be, a standard deviation, in units of CIELAB. In (0, 100], default 10. */
  crfColour?: number;
  /** CRF: what the others' opinion weighs, in logits. In [0, 100], default 3; 0: nothing. */
  crfWeight?: number;
  /** The result keeps a share of the pixels ('percentage', default), or those above a value ('threshold'). */
  filterType?: 'percentage' | 'threshold';
  /** With 'percentage': the share in percent. In (0, 100], default 15. */
  filterPercentage?: number;
  /** With 'threshold': the value, of the refined map scaled to [0, 1]. In [0, 1], default 0.6. */
  filterThreshold?: number;
}

export const refineDefaults: Required<RefineOptions> = {
  refiner: 'regions',
  roiPercentile: 85,
  focalScope: 'global',
  maximaAreas: 'small',
  mergeType: 'blend',
  mergeAlpha: 0.5,
  crfThreshold: 0.4,
  crfSpatial: 0.1,
  crfColour: 10,
  crfWeight: 3,
  filterType: 'percentage',
  filterPercentage: 15,
  filterThreshold: 0.6,
};

/** Whether a refiner makes use of an option; of those of the filter, both do. */
export function countsFor(refiner: Refiner, name: keyof RefineOptions): boolean {
  if (name === 'refiner' || name.startsWith('filter')) return true;
  return name.startsWith('crf') === (refiner === 'crf');
}

/** The options that are one of some words. */
export const refineWords = {
  refiner: ['regions', 'crf'],
  focalScope: ['global', 'local'],
  maximaAreas: ['small', 'large'],
  mergeType: ['blend', 'multiply', 'merge'],
  filterType: ['percentage', 'threshold'],
} as const;

/** The options that are numbers, and their bounds; those in `refinePositive` leave out the lower one. */
export const refineRanges = {
  roiPercentile: [0, 100],
  mergeAlpha: [0, 1],
  crfThreshold: [0, 1],
  crfSpatial: [0, 1],
  crfColour: [0, 100],
  crfWeight: [0, 100],
  filterPercentage: [0, 100],
  filterThreshold: [0, 1],
} as const;

/** Keeping nothing is no choice, nor is a deviation of 0. */
export const refinePositive: readonly string[] = ['crfSpatial', 'crfColour', 'filterPercentage'];

/**
 * The options with the defaults filled in.
 * @throws when an option is unknown or outside its range; the error names the rule and the value.
 */
export function completeOptions(options: RefineOptions): Required<RefineOptions> {
  const complete: Record<string, unknown> = { ...refineDefaults };
  for (const [name, value] of Object.entries(options)) {
    if (!(name in refineDefaults)) {
      throw new Error(`refine: options are ${Object.keys(refineDefaults).join(', ')}, got ${name}`);
    }
    if (value !== undefined) complete[name] = value;
  }
  for (const [name, allowed] of Object.entries(refineWords)) {
    if (!(allowed as readonly unknown[]).includes(complete[name])) {
      throw new Error(`refine: ${name} is one of ${allowed.join(', ')}, got ${complete[name]}`);
    }
  }
  for (const [name, [low, high]] of Object.entries(refineRanges)) {
    const value = complete[name];
    const open = refinePositive.includes(name);
    if (typeof value !== 'number' || !(value >= low && value <= high) || (open && value === low)) {
      throw new Error(`refine: ${name} is in ${open ? '(' : '['}${low}, ${high}], got ${value}`);
    }
  }
  if (complete.mergeType === 'merge') complete.mergeType = 'blend';
  return complete as unknown as Required<RefineOptions>;
}

/**
 * The refiner to take unless told. @param expansion of the model that made the maps (`CamModel.expansion`); 'crf' where it ties the
 * high-res map to the class ('tied-cells', 'tied-image'), 'regions' where nothing does, or where there is no high-res map.
 */
export function refinerFor(expansion: string | undefined): Refiner {
  return expansion?.startsWith('tied-') ? 'crf' : 'regions';
}
