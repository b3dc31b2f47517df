/** The controls of the refinement's parameters and of the view. */
import { html, type TemplateResult } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import {
  hasEffect,
  type NumberEntry,
  type RefineParameter,
  type Refiner,
  refineParameters,
  type WordEntry,
} from '../../refine/parameters.ts';
import { colormapNames } from '../../render/colormap.ts';
import { kebabCase } from '../../text/case.ts';
import { mapTitle } from '../picture/map-layer.ts';
import { type MapName, optionsWith, type RefineSettings, type Settings } from '../state/settings.ts';
import type { Store } from '../state/store.ts';

/** The part of the store that the refinement's controls use. */
export type RefineStore = Pick<Store, 'settings' | 'setRefine'>;

/** The controls of the parameters that have an effect, given the refiner and the other parameters. */
export function refineControls(store: RefineStore, refiner: Refiner): TemplateResult {
  const { refine } = store.settings.value;
  const options = optionsWith(refiner, refine);
  const used = refineParameters.filter((one) => hasEffect(one, options));
  const shown = { ...options, refiner: refine.refiner };
  return html`${used.map((one) => ('words' in one ? choice(store, shown, one) : slider(store, shown, one)))}`;
}

function slider(
  store: RefineStore,
  refine: RefineSettings,
  one: RefineParameter & NumberEntry,
): TemplateResult {
  const { name, title, hint, unit } = one;
  const { step, start, end } = one.slider;
  const [low, high] = one.range;
  const id = kebabCase(name);
  const value = Number(refine[name]);
  const least = start === undefined ? (one.open ? low + step : low) : Math.min(start, value);
  const most = end === undefined ? high : Math.max(end, value);
  const set = (event: Event): void => {
    store.setRefine({ [name]: Number((event.target as HTMLInputElement).value) });
  };
  return html`<div class="control">
    <label for=${id}>${title}</label><output for=${id}>${unit === undefined ? value : `${value} ${unit}`}</output>
    <input id=${id} type="range" min=${least} max=${most} step=${step} .value=${live(String(value))}
      aria-describedby="${id}-hint" @input=${set}>
    <small id="${id}-hint">${hint}</small>
  </div>`;
}

function choice(
  store: RefineStore,
  refine: RefineSettings,
  one: RefineParameter & WordEntry,
): TemplateResult {
  const { name, title, hint, modelDefault } = one;
  const words = Object.entries({ ...(modelDefault && { auto: 'As fits' }), ...one.words });
  return html`<fieldset class="control">
    <legend>${title}</legend>
    <div class="segments">${words.map(
      ([
        value,
        label,
      ]) => html`<label><input type="radio" name=${name} value=${value} .checked=${live(refine[name] === value)}
        @change=${() => store.setRefine({ [name]: value })}><span>${label}</span></label>`,
    )}</div>
    <small>${hint}</small>
  </fieldset>`;
}

/**
 * Which map is shown over the picture, and how.
 * @param maps that exist
 * @param map the current one
 */
export function viewControls(store: Store, maps: readonly MapName[], map: MapName): TemplateResult {
  const { colormap, opacity, fade } = store.settings.value;
  const text = (event: Event): string => (event.target as HTMLSelectElement).value;
  return html`
    <label class="field"><span>Map</span><select id="map" @change=${(event: Event) => store.set({ map: text(event) as MapName })}>
      ${maps.map((name) => html`<option value=${name} .selected=${live(name === map)}>${mapTitle(name)}</option>`)}
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
      @change=${(event: Event) => store.set({ fade: (event.target as HTMLInputElement).checked })}> show the picture through weak values</label>`;
}
