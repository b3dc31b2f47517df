/** The page's parts, in order. */
import { effect } from '@preact/signals-core';
import { html, nothing, render, type TemplateResult } from 'lit-html';
import { classMap } from 'lit-html/directives/class-map.js';
import { live } from 'lit-html/directives/live.js';
import { ref } from 'lit-html/directives/ref.js';
import { coversText } from '../../report/explanation.ts';
import { count } from '../../text/count.ts';
import { percent } from '../../text/percent.ts';
import type { ImportedFacts, ImportedHere } from '../model/imported-facts.ts';
import type { OpenModel } from '../model/models.ts';
import { fileKinds, mapFile, mapFileNames, type Saved, type Shown, save } from '../picture/downloads.ts';
import { mapShown, mapsThere } from '../picture/map-layer.ts';
import { megabytes } from '../picture/picture-file.ts';
import { Viewer } from '../picture/viewer.ts';
import { explainCommand } from '../state/command.ts';
import type { Explained, Pane } from '../state/pane.ts';
import { plainWords } from '../state/problems.ts';
import { type DevicePreference, devicePreferences, sizeFitting, sizesFitting } from '../state/settings.ts';
import type { Sample } from '../state/shipped.ts';
import type { Store } from '../state/store.ts';
import { refineControls, viewControls } from './controls.ts';
import { Steps } from './steps.ts';
import { type Theme, theme, themes } from './theme.ts';

/** Renders the page into an element, and keeps it up to date. */
export function showApp(store: Store, root: HTMLElement): void {
  const viewers = store.panes.map((pane) => new Viewer(store, pane));
  const steps = new Steps(store);
  effect(() => {
    render(page(store, viewers, steps), root);
  });
}

function page(store: Store, viewers: readonly Viewer[], steps: Steps): TemplateResult {
  const { compare } = store.settings.value;
  const empty = store.panes.every(({ file, explained }) => !file.value && !explained.value);
  const pane = store.activePane.value;
  const { refinement, problem } = pane.refined.value;
  return html`
    ${header(store)}
    <main class=${classMap({ empty })}>
      ${empty ? welcome(store) : toolbar(store)}
      <div class="work" ?hidden=${empty}>
        <div class=${classMap({ panes: true, two: compare })}>
          ${store.panes.slice(0, compare ? 2 : 1).map((one, i) => paneView(store, one, viewers[i], i as 0 | 1))}
        </div>
        <aside aria-label="Settings and files">${sidebar(store, pane)}</aside>
        <section class="pipeline" aria-labelledby="steps-title">
          <h2 id="steps-title">How the map is computed${compare ? html` <small>of picture ${'AB'[store.panes.indexOf(pane)]}</small>` : nothing}</h2>
          ${problem ? html`<p class="problem" role="alert">These settings give no map: ${problem}${refinement ? '. The last result stays.' : ''}</p>` : nothing}
          ${
            pane.explained.value && hasNoHighMap(pane.explained.value)
              ? html`<p class="hint">This model has only a low-resolution map, shown enlarged in place of a high-resolution one.</p>`
              : nothing
          }
          ${steps.element}
        </section>
      </div>
      <p id="cursor-help" class="unseen">Arrow keys move the cursor by a pixel of the map, with Shift by ten. Escape hides it.</p>
    </main>
    <footer>Everything is computed on this machine: no picture and no result leaves it.</footer>`;
}

/** Whether the high-res map is the model's own low-res map, enlarged. */
function hasNoHighMap({ method, enlarged }: Explained): boolean {
  return method === undefined && enlarged;
}

function header(store: Store): TemplateResult {
  const model = store.models.open.value;
  const busy = store.models.busy.value;
  const problem = store.models.problem.value;
  const where = model?.device === 'webgpu' ? 'WebGPU' : `WebAssembly, ${threadsText(model?.threads ?? 1)}`;
  return html`<header>
    <h1>high-res-mapping</h1>
    <p class="tagline">See where a classifier finds its evidence</p>
    <div class="model">
      ${busy ? html`<span class="chip busy" role="status">${busy}</span>` : nothing}
      ${
        model
          ? html`<span id="model-facts" class="chip" title="${model.classes.length} classes: ${model.classes.slice(0, 30).join(', ')}"
              ><b>${model.listed.name}</b> ${model.imported ? 'imported' : model.type}, ${model.classes.length} classes, ${model.imSize} px, ${megabytes(model.bytes)}</span>
            <span id="device" class="chip" title=${model.note}>${where}</span>`
          : nothing
      }
      ${modelMenu(store)}
      <label class="button quiet">Open a model …<input class="unseen" type="file" multiple accept=".onnx,.data,.bin,.onnx_data,.txt,.json" id="model-file" @change=${pick((files) => void store.openFiles(files))}></label>
    </div>
    <label class="theme"><span>Theme</span> <select id="theme" @change=${(event: Event) => {
      theme.value = (event.target as HTMLSelectElement).value as Theme;
    }}>${themes.map((one) => html`<option value=${one} ?selected=${one === theme.value}>${themeTitles[one]}</option>`)}</select></label>
  </header>
  ${
    problem
      ? html`<p class="problem" role="alert">${problem} <button type="button" class="quiet" @click=${() => {
          store.models.problem.value = undefined;
        }}>Dismiss</button></p>`
      : nothing
  }
  ${store.models.tokenAsked.value ? tokenForm(store) : nothing}
  ${model?.imported ? importNotes(store, model.imported) : nothing}`;
}

/** The facts of an imported classifier, with controls if it was imported on the page. */
function importNotes(store: Store, { source, lines, here }: ImportedFacts): TemplateResult {
  const { assumed = [] } = here ?? {};
  return html`<section id="import" class="card import" aria-label="The import"><details>
    <summary>Imported from <b>${source}</b>${assumed.length > 0 ? html`: <span class="mark">${assumed.join(', ')}</span>` : nothing}</summary>
    <pre tabindex="0" role="group" aria-label="What is known of the model">${lines.join('\n')}</pre>
    ${here ? importControls(store, here) : nothing}
  </details></section>`;
}

function importControls(store: Store, { choices }: ImportedHere): TemplateResult {
  const { models } = store;
  const declared = models.open.value?.listed.declared?.preprocessing;
  return html`<div class="told">
    <label class="field"><span>Preprocessing</span><select id="preprocessing" @change=${(event: Event) =>
      models.declare({ preprocessing: (event.target as HTMLSelectElement).value || undefined })}>
      <option value="" .selected=${live(declared === undefined)}>as detected</option>
      ${choices.map(({ name, text }) => html`<option value=${name} .selected=${live(name === declared)}>${text}</option>`)}
    </select></label>
    <label class="button">Class names …<input class="unseen" type="file" accept=".txt,.json" id="class-names" @change=${pick((files) => models.giveBeside(files))}></label>
    <span class="hint">A text file with one name per line, or JSON. You can also drop it on the page, as well as config.json and preprocessor_config.json.</span>
  </div>`;
}

/** The choice of a model, if there are several. */
function modelMenu(store: Store): TemplateResult | typeof nothing {
  const { value: list = [] } = store.models.list;
  const { model: chosen } = store.settings.value;
  if (list.length < 2) return nothing;
  return html`<label class="theme"><span>Model</span> <select id="model" @change=${(event: Event) =>
    store.models.choose((event.target as HTMLSelectElement).value || undefined)}>
    <option value="" .selected=${chosen === undefined}>automatic</option>
    ${list.map(({ name }) => html`<option value=${name} .selected=${name === chosen}>${name}</option>`)}</select></label>`;
}

function tokenForm(store: Store): TemplateResult {
  const give = (event: SubmitEvent): void => {
    event.preventDefault();
    const given = new FormData(event.target as HTMLFormElement).get('token');
    void store.models.giveToken(String(given).trim());
  };
  return html`<form class="token" @submit=${give}>
    <label for="token">This server needs a token</label>
    <input id="token" name="token" type="password" required autocomplete="off">
    <button type="submit">Go on</button>
    ${store.models.tokenAsked.value === 'wrong' ? html`<span role="alert">Wrong token.</span>` : nothing}
  </form>`;
}

const themeTitles: Readonly<Record<Theme, string>> = { system: 'Auto', light: 'Light', dark: 'Dark' };

function threadsText(threads: number): string {
  return count(threads, 'thread');
}

/**
 * A handler of a file input: takes its files, and resets the input so that the same files can be picked
 * again.
 */
function pick(use: (files: readonly File[]) => void): (event: Event) => void {
  return (event) => {
    const input = event.target as HTMLInputElement;
    const files = [...(input.files ?? [])];
    if (files.length > 0) use(files);
    input.value = '';
  };
}

function fileButtons(store: Store): TemplateResult {
  return html`<label class="button">Open …<input class="unseen" type="file" id="picture-file" accept="image/*" @change=${pick((files) => void store.openFiles(files))}></label>
    <label class="button">Photograph<input class="unseen" type="file" id="photo" accept="image/*" capture="environment" @change=${pick((files) => void store.openFiles(files))}></label>`;
}

function sampleButton(store: Store, sample: Sample): TemplateResult {
  const shown = store.activePane.value.file.value?.sample === sample.name;
  return html`<button type="button" class="sample" aria-pressed=${String(shown)} aria-label="Sample: ${sample.name}"
    @click=${() => void store.openSample(sample)}><img src=${sample.url} alt="" width="256" height="256"><span>${sample.name}</span></button>`;
}

function welcome(store: Store): TemplateResult {
  const [pane] = store.panes;
  const { value: model } = store.models.open;
  return html`<section class="welcome">
    <h2>Drop a picture here</h2>
    <p>or paste one, and see which class the model finds in it, where the evidence lies, and what remains when all else is cut away.</p>
    <p class="buttons">${fileButtons(store)}</p>
    ${pane.problem.value ? problemOf(pane) : nothing}
    ${
      store.samples.value.length > 0
        ? html`<h3>or begin with a sample</h3>
          <div class="samples">${store.samples.value.map((sample) => sampleButton(store, sample))}</div>`
        : nothing
    }
    ${model ? html`<p class="hint" id="knows"><b>${model.listed.name}</b> can only predict ${inWords(model.classes)}.</p>` : nothing}
    <p class="hint">Or drop your own model, <code>.onnx</code>: one from <code>hrm train</code>, or any image classifier from another program.</p>
  </section>`;
}

/** `a, b and c`; of many, only the first ones. */
function inWords(classes: readonly string[]): string {
  const most = 20;
  const names = classes.slice(0, most).map((name) => name.replaceAll('_', ' '));
  const last = classes.length > most ? `${classes.length - most} more` : names.pop();
  return `${names.join(', ')} and ${last}`;
}

function toolbar(store: Store): TemplateResult {
  const { compare } = store.settings.value;
  return html`<div class="toolbar">
    ${fileButtons(store)}
    <div class="samples strip" role="group" aria-label="Samples">${store.samples.value.map((sample) => sampleButton(store, sample))}</div>
    <label class="button toggle"><input type="checkbox" id="compare" class="unseen" .checked=${compare} @change=${(
      event: Event,
    ) => store.compare((event.target as HTMLInputElement).checked)}>Side by side</label>
  </div>`;
}

function problemOf(pane: Pane): TemplateResult {
  return html`<p class="problem" role="alert">${pane.problem.value} <button type="button" class="quiet" @click=${() => {
    pane.problem.value = undefined;
  }}>Dismiss</button></p>`;
}

function paneView(store: Store, pane: Pane, viewer: Viewer, i: 0 | 1): TemplateResult {
  const explained = pane.explained.value;
  const { compare } = store.settings.value;
  const active = compare && store.active.value === i;
  const label = compare ? `Picture ${'AB'[i]}` : 'Picture';
  const activate = (): void => {
    store.active.value = i;
  };
  return html`<section class=${classMap({ pane: true, active, waiting: !explained })} aria-label=${label} data-pane=${i}
    @pointerdown=${activate} @focusin=${activate}>
    <h2>${compare ? html`<span class="letter">${'AB'[i]}</span> ` : nothing}${explained?.file.name ?? pane.file.value?.name ?? 'No picture yet'}
      ${explained ? html`<small>${explained.file.width} × ${explained.file.height}${explained.covers ? `, ${coversText(explained.covers)}` : ''}</small>` : nothing}
      ${active ? html`<small class="mark">settings, steps and files belong to this picture</small>` : nothing}</h2>
    ${pane.problem.value ? problemOf(pane) : nothing}
    <div class="look">
      <div class="shown" ?hidden=${!explained}>${viewer.element}</div>
      ${explained ? predictions(store, pane, explained) : html`<p class="hint">${store.models.open.value ? 'Choose a scene above, or drop a picture here.' : 'The picture is explained as soon as a model is loaded.'}</p>`}
    </div>
    <p class="busy" role="status">${pane.busy.value ?? ''}</p>
  </section>`;
}

function predictions(
  store: Store,
  pane: Pane,
  { predictions: all, explained, method }: Explained,
): TemplateResult {
  const { value: asked } = pane.method;
  const top = all.slice(0, 5);
  const shown =
    top.includes(explained) || top.some(({ index }) => index === explained.index) ? top : [...top, explained];
  return html`<div class="predictions"><h3>Predictions</h3>
    <ol>${shown.map(({ name, index, probability }) => {
      const width = (element: Element | undefined): void => {
        (element as HTMLElement | undefined)?.style.setProperty('width', `${100 * probability}%`);
      };
      return html`<li><button type="button" aria-pressed=${String(index === explained.index)} data-class=${name}
        @click=${() => store.explainClass(pane, name)}><span class="name">${breakable(name)}</span><span class="share">${percent(probability)}</span
        ><span class="track"><i ${ref(width)}></i></span></button></li>`;
    })}</ol>
    ${
      all.length > top.length
        ? html`<label class="field"><span>Class</span><select @change=${(event: Event) =>
            store.explainClass(pane, (event.target as HTMLSelectElement).value)}>${[...all]
            .sort((a, b) => a.index - b.index)
            .map(
              ({ name, index }) =>
                html`<option value=${name} .selected=${index === explained.index}>${name}</option>`,
            )}</select></label>`
        : nothing
    }
    <label class="field"><span>Method</span><select class="method" @change=${(event: Event) => {
      pane.method.value = (event.target as HTMLSelectElement).value || undefined;
    }}><option value="" .selected=${live(asked === undefined)}>${ownTitle(store.models.open.value)}</option>
    ${(store.models.open.value?.methods ?? []).map(
      ({ name, title }) => html`<option value=${name} .selected=${live(name === asked)}>${title}</option>`,
    )}</select></label>
    <p class="hint">The map shows where the evidence for <b>${explained.name}</b> lies${method ? html`, by <b>${method.title}</b>` : nothing}. Choose a class to see its map.</p>
  </div>`;
}

/** The name of a model's own maps among the methods. */
function ownTitle(model: OpenModel | undefined): string {
  if (model?.type === 'full') return 'own, high-res';
  if (model?.imported) return model.imported.head === 'linear' ? 'own, CAM' : 'own, HiResCAM';
  return 'own';
}

/** A name that may wrap after its underscores. */
function breakable(name: string): TemplateResult {
  return html`${name.split(/(?<=_)/).map((part) => html`${part}<wbr>`)}`;
}

function sidebar(store: Store, pane: Pane): TemplateResult {
  const { refinement } = pane.refined.value;
  const { map } = store.settings.value;
  return html`
    <section class="card"><h2>View</h2>${viewControls(store, mapsThere(refinement), mapShown(map, refinement))}</section>
    <section class="card"><h2>Refinement <button type="button" class="quiet" id="reset" @click=${() => store.reset()}>Reset</button></h2>
      ${refineControls(store, pane.refiner.value)}</section>
    <section class="card"><h2>Download</h2>${downloads(store, pane)}</section>
    <section class="card"><h2>Model</h2>${modelControls(store)}</section>`;
}

function modelControls(store: Store): TemplateResult {
  const { size, device } = store.settings.value;
  const { imSize: own, sizes: rule = { multiple: 32 } } = store.models.open.value ?? {};
  const choices = sizesFitting(rule, size).filter((one) => one !== own);
  const unfit = size === own || sizeFitting(rule, size) === undefined;
  const value = (event: Event): string => (event.target as HTMLSelectElement).value;
  return html`<label class="field"><span>Size</span><select id="size" @change=${(event: Event) =>
    store.set({ size: value(event) === '' ? undefined : Number(value(event)) })}>
      <option value="" .selected=${unfit}>${own ? `${own} px, as trained` : 'as trained'}</option>
      ${choices.map((one) => html`<option value=${one} .selected=${one === size}>${one} px</option>`)}
    </select></label>
    <label class="field"><span>Device</span><select id="compute" @change=${(event: Event) =>
      store.set({ device: value(event) as DevicePreference })}>${devicePreferences.map(
      (one) => html`<option value=${one} .selected=${one === device}>${deviceTitles[one]}</option>`,
    )}</select></label>
    ${store.models.open.value ? html`<p class="hint">${store.models.open.value.device === 'webgpu' ? 'On WebGPU' : 'By WebAssembly'}: ${store.models.open.value.note}.</p>` : nothing}`;
}

const deviceTitles: Readonly<Record<DevicePreference, string>> = {
  auto: 'whatever works best',
  webgpu: 'WebGPU',
  wasm: 'WebAssembly',
};

function downloads(store: Store, pane: Pane): TemplateResult {
  const explained = pane.explained.value;
  const { refinement } = pane.refined.value;
  if (!explained || !refinement) return html`<p class="hint">Files need a refined map.</p>`;
  const shown: Shown = { explained, refinement };
  const take = (id: string, make: () => Promise<Saved> | Saved): (() => Promise<void>) => {
    return async () => {
      try {
        save(await make());
      } catch (error) {
        pane.problem.value = plainWords(error, `create the file (${id})`);
      }
    };
  };
  const { refiner } = refinement;
  const command = explainCommand(
    {
      image: explained.file.path,
      model: explained.model,
      className: explained.explained.name === pane.className.value ? pane.className.value : undefined,
      method: explained.method?.name,
      refiner,
      context: explained.context,
    },
    store.settings.value.refine,
  );
  return html`<div class="files">${fileKinds.map(
    ({ id, title, hint, make }) =>
      html`<button type="button" id="save-${id}" title=${hint} @click=${take(id, () => make(shown))}>${title}</button>`,
  )}</div>
  <details><summary>Single maps</summary><div class="files">${mapFileNames(shown).map(
    (map) =>
      html`<button type="button" data-map=${map} @click=${take(map, () => mapFile(shown, map))}>${map}.npy</button>`,
  )}</div></details>
  <div class="command"><h3>On the command line <button type="button" class="quiet" id="copy" @click=${(event: Event) => void copy(event, command)}>Copy</button></h3>
  <code id="command" tabindex="0">${command}</code></div>`;
}

async function copy(event: Event, text: string): Promise<void> {
  const button = event.target as HTMLButtonElement;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = 'Copied';
  } catch {
    // Without permission to copy: selects the text, so that the user can copy it.
    getSelection()?.selectAllChildren(document.querySelector('#command') as Element);
    button.textContent = 'Selected';
  }
  setTimeout(() => {
    button.textContent = 'Copy';
  }, 1500);
}
