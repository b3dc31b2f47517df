/** What can be set about the refinement; each has a default in `refineDefaults`. */
export interface RefineOptions {
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
  /** The result keeps a share of the pixels ('percentage', default), or those above a value ('threshold'). */
  filterType?: 'percentage' | 'threshold';
  /** With 'percentage': the share in percent. In (0, 100], default 15. */
  filterPercentage?: number;
  /** With 'threshold': the value, of the refined map scaled to [0, 1]. In [0, 1], default 0.6. */
  filterThreshold?: number;
}

export const refineDefaults: Required<RefineOptions> = {
  roiPercentile: 85,
  focalScope: 'global',
  maximaAreas: 'small',
  mergeType: 'blend',
  mergeAlpha: 0.5,
  filterType: 'percentage',
  filterPercentage: 15,
  filterThreshold: 0.6,
};

/** What each option that is no number may be. */
export const refineWords = {
  focalScope: ['global', 'local'],
  maximaAreas: ['small', 'large'],
  mergeType: ['blend', 'multiply', 'merge'],
  filterType: ['percentage', 'threshold'],
} as const;

/** The least and the largest value of each number among the options. */
export const refineRanges = {
  roiPercentile: [0, 100],
  mergeAlpha: [0, 1],
  filterPercentage: [0, 100],
  filterThreshold: [0, 1],
} as const;

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
    const open = name === 'filterPercentage'; // keeping nothing is no choice
    if (typeof value !== 'number' || !(value >= low && value <= high) || (open && value === low)) {
      throw new Error(`refine: ${name} is in ${open ? '(' : '['}${low}, ${high}], got ${value}`);
    }
  }
  if (complete.mergeType === 'merge') complete.mergeType = 'blend';
  return complete as unknown as Required<RefineOptions>;
}
