/** The controls of the refinement's parameters and of the view. */
import { html, type TemplateResult } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { refineRanges } from '../refine/options.ts';
import { colormapNames } from '../render/colormap.ts';
import { mapTitles } from './map-layer.ts';
import { kebab, type MapName, mapNames, type Settings } from './settings.ts';
import type { Store } from './store.ts';

type Refine = Settings['refine'];
type Key = keyof Refine;

interface Slider {
  readonly key: keyof typeof refineRanges & Key;
  readonly title: string;
  readonly hint: string;
  readonly step: number;
  readonly unit: string;
  /** Whether the parameter counts, as the others are; else it is not shown. */
  readonly used?: (refine: Refine) => boolean;
}

interface Choice {
  readonly key: 'focalScope' | 'maximaAreas' | 'mergeType' | 'filterType';
  readonly title: string;
  readonly hint: string;
  readonly words: readonly (readonly [value: string, title: string])[];
  readonly used?: (refine: Refine) => boolean;
}

/** In the order of the steps. */
export const parameters: readonly (Slider | Choice)[] = [
  {
    key: 'roiPercentile',
    title: 'Region of interest',
    hint: 'above this percentile of the low-res CAM',
    step: 1,
    unit: ' %',
  },
  {
    key: 'focalScope',
    title: 'Focal points',
    hint: 'the highest pixels, or the local maxima',
    words: [
      ['global', 'Highest'],
      ['local', 'Local maxima'],
    ],
  },
  {
    key: 'maximaAreas',
    title: 'Maxima',
    hint: 'thinned to their skeletons, or whole',
    words: [
      ['small', 'Thinned'],
      ['large', 'Whole'],
    ],
    used: ({ focalScope }) => focalScope === 'local',
  },
  {
    key: 'mergeType',
    title: 'Merger',
    hint: 'how segment and low-res CAM become one',
    words: [
      ['blend', 'Blend'],
      ['multiply', 'Multiply'],
    ],
  },
  {
    key: 'mergeAlpha',
    title: 'Segment’s weight',
    hint: 'alpha, in the blend',
    step: 0.01,
    unit: '',
    used: ({ mergeType }) => mergeType === 'blend',
  },
  {
    key: 'filterType',
    title: 'Keep',
    hint: 'by their share, or by their value',
    words: [
      ['percentage', 'A share'],
      ['threshold', 'Above a value'],
    ],
  },
  {
    key: 'filterPercentage',
    title: 'Share kept',
    hint: 'of all pixels',
    step: 0.5,
    unit: ' %',
    used: ({ filterType }) => filterType === 'percentage',
  },
  {
    key: 'filterThreshold',
    title: 'Value',
    hint: 'of the refined CAM, from 0 to 1',
    step: 0.01,
    unit: '',
    used: ({ filterType }) => filterType === 'threshold',
  },
];

export function refineControls(store: Store): TemplateResult {
  const { refine } = store.settings.value;
  const used = parameters.filter((one) => one.used?.(refine) ?? true);
  return html`${used.map((one) => ('words' in one ? choice(store, refine, one) : slider(store, refine, one)))}`;
}

function slider(store: Store, refine: Refine, one: Slider): TemplateResult {
  const { key, title, hint, step, unit } = one;
  const [low, high] = refineRanges[key];
  const least = key === 'filterPercentage' ? step : low;
  const value = refine[key];
  const set = (event: Event): void => {
    store.setRefine({ [key]: Number((event.target as HTMLInputElement).value) } as Partial<Refine>);
  };
  return html`<div class="control">
    <label for=${kebab(key)}>${title}</label><output for=${kebab(key)}>${value}${unit}</output>
    <input id=${kebab(key)} type="range" min=${least} max=${high} step=${step} .value=${live(String(value))}
      aria-describedby="${kebab(key)}-hint" @input=${set}>
    <small id="${kebab(key)}-hint">${hint}</small>
  </div>`;
}

function choice(store: Store, refine: Refine, one: Choice): TemplateResult {
  const { key, title, hint, words } = one;
  return html`<fieldset class="control">
    <legend>${title}</legend>
    <div class="segments">${words.map(
      ([
        value,
        name,
      ]) => html`<label><input type="radio" name=${key} value=${value} .checked=${live(refine[key as Key] === value)}
        @change=${() => store.setRefine({ [key]: value } as Partial<Refine>)}><span>${name}</span></label>`,
    )}</div>
    <small>${hint}</small>
  </fieldset>`;
}

/** Which map lies over the picture, and how. @param maps those there are */
export function viewControls(store: Store, maps: readonly MapName[] = mapNames): TemplateResult {
  const { map, colormap, opacity, fade } = store.settings.value;
  const text = (event: Event): string => (event.target as HTMLSelectElement).value;
  return html`
    <label class="field"><span>Map</span><select id="map" @change=${(event: Event) => store.set({ map: text(event) as MapName })}>
      ${maps.map((name) => html`<option value=${name} .selected=${live(name === map)}>${mapTitles[name]}</option>`)}
    </select></label>
    <label class="field"><span>Colours</span><select id="colormap"
      @change=${(event: Event) => store.set({ colormap: text(event) as Settings['colormap'] })}>
      ${(['auto', ...colormapNames] as const).map(
        (name) => html`<option value=${name} .selected=${live(name === colormap)}>${name}</option>`,
      )}
    </select></label>
    <label class="field"><span>Opacity</span><input id="opacity" type="range" min="0" max="1" step="0.05" .value=${live(String(opacity))}
      @input=${(event: Event) => store.set({ opacity: Number(text(event)) })}></label>
    <label class="check"><input id="fade" type="checkbox" .checked=${live(fade)}
      @change=${(event: Event) => store.set({ fade: (event.target as HTMLInputElement).checked })}> weak values let the picture through</label>`;
}
