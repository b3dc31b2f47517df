/** The controls of the refinement's parameters and of the view. */
import { html, type TemplateResult } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { countsFor, type Refiner, refinePositive, refineRanges } from '../../refine/options.ts';
import { colormapNames } from '../../render/colormap.ts';
import { kebabCase } from '../../text/case.ts';
import { mapTitles } from '../picture/map-layer.ts';
import type { MapName, RefineSettings, Settings } from '../state/settings.ts';
import type { Store } from '../state/store.ts';

type Refine = RefineSettings;
type Key = keyof Refine;

interface Slider {
  readonly key: keyof typeof refineRanges & Key;
  readonly title: string;
  readonly hint: string;
  readonly step: number;
  readonly unit: string;
  /** Where the slider ends, though more may be set; default: where what may be set ends. */
  readonly most?: number;
  /** Whether the parameter counts, as the others are; else it is not shown. */
  readonly used?: (refine: Refine) => boolean;
}

interface Choice {
  readonly key: 'refiner' | 'focalScope' | 'maximaAreas' | 'mergeType' | 'filterType';
  readonly title: string;
  readonly hint: string;
  readonly words: readonly (readonly [value: string, title: string])[];
  readonly used?: (refine: Refine) => boolean;
}

/** In the order of the steps. */
export const parameters: readonly (Slider | Choice)[] = [
  {
    key: 'refiner',
    title: 'Refiner',
    hint: 'by growing regions, or by a dense CRF',
    words: [
      ['auto', 'As fits'],
      ['regions', 'Regions'],
      ['crf', 'CRF'],
    ],
  },
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
    key: 'crfThreshold',
    title: 'Threshold',
    hint: 'of the high-res CAM, from 0 to 1: above it, a cell speaks for the object',
    step: 0.01,
    unit: '',
  },
  {
    key: 'crfSpatial',
    title: 'Reach',
    hint: 'how far cells see each other, of the width',
    step: 0.01,
    unit: '',
    most: 0.5,
  },
  {
    key: 'crfColour',
    title: 'Colours',
    hint: 'how unlike they may be, in units of CIELAB',
    step: 0.5,
    unit: '',
    most: 50,
  },
  {
    key: 'crfWeight',
    title: 'Weight',
    hint: 'of what the other cells say',
    step: 0.1,
    unit: '',
    most: 20,
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

/** Of the parameters that a refiner makes use of. */
export function refineControls(store: Store, refiner: Refiner): TemplateResult {
  const { refine } = store.settings.value;
  const used = parameters.filter((one) => countsFor(refiner, one.key) && (one.used?.(refine) ?? true));
  return html`${used.map((one) => ('words' in one ? choice(store, refine, one) : slider(store, refine, one)))}`;
}

function slider(store: Store, refine: Refine, one: Slider): TemplateResult {
  const { key, title, hint, step, unit, most } = one;
  const [low, high] = refineRanges[key];
  const least = refinePositive.includes(key) ? step : low;
  const value = refine[key];
  const end = most === undefined ? high : Math.max(most, value);
  const set = (event: Event): void => {
    store.setRefine({ [key]: Number((event.target as HTMLInputElement).value) } as Partial<Refine>);
  };
  return html`<div class="control">
    <label for=${kebabCase(key)}>${title}</label><output for=${kebabCase(key)}>${value}${unit}</output>
    <input id=${kebabCase(key)} type="range" min=${least} max=${end} step=${step} .value=${live(String(value))}
      aria-describedby="${kebabCase(key)}-hint" @input=${set}>
    <small id="${kebabCase(key)}-hint">${hint}</small>
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

/** Which map lies over the picture, and how. @param maps those there are @param map the one that is shown */
export function viewControls(store: Store, maps: readonly MapName[], map: MapName): TemplateResult {
  const { colormap, opacity, fade } = store.settings.value;
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
