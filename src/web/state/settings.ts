/** The settings of the page, and how they are written into its address, so that a view can be shared. */

import { nearestSize, type SizeRule } from '../../models/network.ts';
import {
  brokenRule,
  type CompleteOptions,
  completeOptions,
  presentValue,
  type Refiner,
  refineParameters,
} from '../../refine/parameters.ts';
import { crfSteps, regionSteps, type ShownStep, shownSteps } from '../../refine/steps.ts';
import { type ColormapName, colormapNames } from '../../render/colormap.ts';
import { kebabCase } from '../../text/case.ts';

/**
 * A step of either refiner that the viewer can overlay on the picture; 'image': none; 'result': white over
 * the pixels that are not kept.
 */
export type MapName = ShownStep<typeof regionSteps> | ShownStep<typeof crfSteps>;

const firstMaps: readonly MapName[] = ['merged', 'highCam', 'lowResized', 'lowCam'];
const lastMaps: readonly MapName[] = ['result', 'image'];

/** In the order of the menu: the most useful first, and entries that are not maps last. */
export const mapNames: readonly MapName[] = [
  ...firstMaps,
  ...shownSteps({ ...regionSteps, ...crfSteps }).filter(
    (name) => ![...firstMaps, ...lastMaps].includes(name),
  ),
  ...lastMaps,
];

export const devicePreferences = ['auto', 'webgpu', 'wasm'] as const;
/** Where the model runs; 'auto': WebGPU if it works, else WebAssembly. */
export type DevicePreference = (typeof devicePreferences)[number];

/**
 * The refinement's options; `refiner` 'auto': the default for the model's maps. An option whose default
 * depends on the refiner is undefined until it is set.
 */
export type RefineSettings = {
  readonly [Name in keyof CompleteOptions]: Name extends 'refiner'
    ? Refiner | 'auto'
    : CompleteOptions[Name] | undefined;
};

export const refineSettings: RefineSettings = {
  ...(Object.fromEntries(
    refineParameters.map((one) => [one.name, one.crfDefault === undefined ? one.default : undefined]),
  ) as RefineSettings),
  refiner: 'auto',
};

/**
 * All options, completed with the refiner's defaults.
 * @throws when two contradict each other
 */
export function optionsWith(refiner: Refiner, refine: RefineSettings): CompleteOptions {
  return completeOptions({ ...changedOptions(refine), refiner });
}

export interface Settings {
  readonly refine: RefineSettings;
  /** The name of the model; undefined: the one that suits the picture. */
  readonly model: string | undefined;
  readonly map: MapName;
  /** 'auto': diverging for maps of both signs. */
  readonly colormap: ColormapName | 'auto';
  /** In [0, 1]. */
  readonly opacity: number;
  /** Whether the picture shows through weak values. */
  readonly fade: boolean;
  /** The size of the model's input, a multiple of 32; undefined: the size it was trained at. */
  readonly size: number | undefined;
  readonly device: DevicePreference;
  /** Two pictures, or two classes, side by side. */
  readonly compare: boolean;
}

export const settingsDefaults: Settings = {
  refine: refineSettings,
  model: undefined,
  map: 'merged',
  colormap: 'auto',
  opacity: 0.7,
  fade: true,
  size: undefined,
  device: 'auto',
  compare: false,
};

/** The part of a pane that an address can contain: a sample, the class to explain, the CAM method. */
export interface PaneAddress {
  readonly sample?: string;
  readonly className?: string;
  readonly method?: string;
}

export interface View {
  readonly settings: Settings;
  readonly panes: readonly [PaneAddress, PaneAddress];
}

/** The largest size that can be chosen: the network needs about 1.5 GB for it. */
export const largestSize = 1024;

const sizes: readonly number[] = [64, 96, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768, largestSize];

/**
 * The sizes that the user can choose for a model.
 * @param set the current one, which is included if the model accepts it
 */
export function sizesFitting(rule: SizeRule, set: number | undefined): number[] {
  const all = [...new Set([...sizes, ...(set === undefined ? [] : [set])])];
  return all.filter((size) => sizeFitting(rule, size) !== undefined).sort((a, b) => a - b);
}

/** A size, if the model accepts it. */
export function sizeFitting(rule: SizeRule, size: number | undefined): number | undefined {
  return size !== undefined && nearestSize(rule, size) === size ? size : undefined;
}

/** A view as the part of an address after `#`; defaults are left out. */
export function toHash({ settings, panes }: View): string {
  const found = new URLSearchParams();
  const names = ['', '-b'] as const;
  for (const [i, { sample, className, method }] of panes.entries()) {
    if (sample !== undefined) found.set(`sample${names[i]}`, sample);
    if (className !== undefined) found.set(`class${names[i]}`, className);
    if (method !== undefined) found.set(`method${names[i]}`, method);
  }
  const { refine, ...rest } = settings;
  for (const [name, value] of Object.entries(rest)) {
    if (value !== settingsDefaults[name as keyof Settings] && value !== undefined)
      found.set(kebabCase(name), String(value));
  }
  for (const [name, value] of Object.entries(changedOptions(refine)))
    found.set(kebabCase(name), String(value));
  return found.toString();
}

/** The refinement's options that differ from their defaults. */
export function changedOptions(refine: RefineSettings): Partial<RefineSettings> {
  return Object.fromEntries(
    Object.entries(refine).filter(([name, value]) => value !== refineSettings[name as keyof RefineSettings]),
  );
}

/** The view in an address. Missing and invalid parts get their defaults: users may edit addresses. */
export function fromHash(hash: string): View {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const word = <T extends string>(name: string, allowed: readonly T[], fallback: T): T => {
    const value = given.get(name) as T;
    return allowed.includes(value) ? value : fallback;
  };
  const number = (name: string, low: number, high: number, fallback: number): number => {
    const text = given.get(name) ?? '';
    const value = Number(text);
    return text.trim() !== '' && value >= low && value <= high ? value : fallback;
  };
  const refine = refineParameters.map((parameter) => {
    const { name } = parameter;
    const text = given.get(kebabCase(name)) ?? '';
    const value = 'words' in parameter || text.trim() === '' ? text : Number(text);
    const right = brokenRule(parameter, value) === undefined;
    return [name, right ? presentValue(parameter, value) : refineSettings[name]];
  });
  const size = number('size', 32, largestSize, 0);
  const d = settingsDefaults;
  const pane = (suffix: string): PaneAddress => ({
    sample: given.get(`sample${suffix}`) ?? undefined,
    className: given.get(`class${suffix}`) ?? undefined,
    method: given.get(`method${suffix}`) ?? undefined,
  });
  return {
    settings: {
      refine: Object.fromEntries(refine) as RefineSettings,
      model: given.get('model') || undefined,
      map: word('map', mapNames, d.map),
      colormap: word('colormap', ['auto', ...colormapNames], d.colormap),
      opacity: number('opacity', 0, 1, d.opacity),
      fade: given.get('fade') !== 'false',
      size: size > 0 && size % 32 === 0 ? size : undefined,
      device: word('device', devicePreferences, d.device),
      compare: given.get('compare') === 'true',
    },
    panes: [pane(''), pane('-b')],
  };
}
