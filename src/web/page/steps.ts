/** All steps of the refinement as linked pictures, placed as in the project's figure: what changes is drawn anew, and nothing else. */
import { effect, type Signal, signal } from '@preact/signals-core';
import type { Refinement } from '../../refine/pipeline.ts';
import { formatNumber } from '../../render/font.ts';
import type { Box, Medium } from '../../render/medium.ts';
import type { Panel } from '../../render/panel.ts';
import type { FloatMap, Picture, Tensor } from '../../tensor/tensor.ts';
import { mapShown, paintColorBar, pixelAt } from '../picture/map-layer.ts';
import { put, toImageData } from '../picture/paint.ts';
import type { MapName } from '../state/settings.ts';
import type { Place, Store } from '../state/store.ts';
import { crfFigure, regionFigure, type StepFigure } from './step-figures.ts';

/** SVG units across a picture. */
const unit = 200;

/** The figure of whichever refiner is at work. */
export class Steps {
  readonly element: HTMLElement = document.createElement('div');
  readonly #shown: Signal<Pick<Figure<never, never>, 'mark' | 'point'> | undefined> = signal(undefined);

  constructor(store: Store) {
    const regions = new Figure(store, regionFigure);
    const crf = new Figure(store, crfFigure);
    effect(() => {
      const { refinement } = store.activePane.value.refined.value;
      if (refinement === undefined) {
        this.element.replaceChildren();
        this.#shown.value = undefined;
      } else if (refinement.refiner === 'crf') this.#show(crf, refinement);
      else this.#show(regions, refinement);
    });
    effect(() => {
      const { refinement } = store.activePane.value.refined.value;
      this.#shown.value?.mark(mapShown(store.settings.value.map, refinement));
    });
    effect(() => {
      void store.activePane.value.refined.value; // the values under a resting cursor
      this.#shown.value?.point(store.cursor.value);
    });
  }

  #show<R extends Refinement, Name extends string>(figure: Figure<R, Name>, refinement: R): void {
    figure.show(refinement);
    this.#shown.value = figure;
    if (figure.element.parentElement === null) this.element.replaceChildren(figure.element);
  }
}

interface Card {
  readonly element: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  readonly svg: SVGSVGElement;
  readonly note: HTMLElement;
  readonly value: HTMLElement;
  readonly button: HTMLButtonElement;
  /** What was drawn last. */
  drawn: readonly unknown[];
}

class Figure<R extends Refinement, Name extends string> {
  readonly element: HTMLElement = document.createElement('div');
  readonly #figure: StepFigure<R, Name>;
  readonly #names: readonly Name[];
  readonly #cards: Readonly<Record<Name, Card>>;
  readonly #arrows: SVGSVGElement;
  readonly #legend: SVGSVGElement;
  #shown: R | undefined;
  /** Of which the legend tells. */
  #cams: readonly FloatMap[] = [];
  #arrowsOf: string | undefined;

  constructor(store: Store, figure: StepFigure<R, Name>) {
    this.#figure = figure;
    this.#names = Object.keys(figure.places) as Name[];
    this.element.className = 'steps';
    const columns = this.#names.map((name) => figure.places[name][0] + 1);
    this.element.style.setProperty('--columns', String(Math.max(...columns)));
    this.#arrows = svgElement('arrows');
    this.element.append(this.#arrows);
    const cards = this.#names.map((name) => {
      const card = this.#card(name, store);
      this.element.append(card.element);
      return [name, card] as const;
    });
    this.#cards = Object.fromEntries(cards) as unknown as Record<Name, Card>;
    this.#legend = svgElement('legend');
    this.#legend.setAttribute('viewBox', '0 0 190 130');
    place(this.#legend, figure.legendPlace);
    this.element.append(this.#legend);
    new ResizeObserver(() => this.#drawArrows()).observe(this.element);
  }

  #letter(name: Name): string {
    return String.fromCharCode(97 + this.#names.indexOf(name));
  }

  /** What the viewer shows for a step. */
  #mapOf(name: Name): MapName {
    return this.#figure.shows[name] ?? (name as string as MapName);
  }

  #card(name: Name, store: Store): Card {
    const element = document.createElement('figure');
    element.className = 'step';
    element.dataset.panel = name;
    place(element, this.#figure.places[name]);
    const from = this.#figure.before[name].map((one) => this.#letter(one)).join(', ');
    const id = `step-${name}`;
    element.innerHTML = `
      <div class="frame"><button type="button" aria-labelledby="${id}" title="Show it over the picture"><canvas></canvas><i class="cross"></i></button><span class="value"></span></div>
      <figcaption><span class="title" id="${id}"><span class="letter">${this.#letter(name)}</span> <b></b></span><span class="note"></span>${
        from === '' ? '' : `<span class="from">from ${from}</span>`
      }</figcaption>`;
    const button = element.querySelector('button') as HTMLButtonElement;
    const svg = svgElement('over');
    button.after(svg);
    button.addEventListener('click', () => store.set({ map: this.#mapOf(name) }));
    button.addEventListener('pointermove', (event) => {
      if (name === 'bounds') return;
      const box = button.getBoundingClientRect();
      const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
      store.cursor.value = x >= 0 && x < 1 && y >= 0 && y < 1 ? { x, y } : undefined;
    });
    button.addEventListener('pointerleave', () => {
      store.cursor.value = undefined;
    });
    const find = <E extends Element>(selector: string): E => element.querySelector(selector) as E;
    return {
      element,
      canvas: find('canvas'),
      svg,
      note: find('.note'),
      value: find('.value'),
      button,
      drawn: [],
    };
  }

  /** Draws what changed. */
  show(refinement: R): void {
    this.#shown = refinement;
    let picture: Picture | undefined;
    const medium: Medium = {
      place: (placed) => {
        picture = placed;
        return '';
      },
      background: 'none',
      scales: true,
    };
    const panels = this.#figure.panels(refinement, medium);
    const [height, width] = refinement.image.shape;
    const box: Box = { left: 0, top: 0, width: unit, height: (unit * height) / width };
    for (const name of this.#names) {
      const card = this.#cards[name];
      const panel = panels[name];
      note(card, panel);
      const drawn = this.#figure.sources[name].map((field) => refinement[field]);
      if (drawn.length === card.drawn.length && drawn.every((part, i) => part === card.drawn[i])) continue;
      card.drawn = drawn;
      picture = undefined;
      card.svg.setAttribute('viewBox', `0 0 ${unit} ${box.height}`);
      card.svg.innerHTML = panel.draw(box);
      card.canvas.hidden = picture === undefined;
      if (picture) put(card.canvas, toImageData(picture));
      card.button.style.aspectRatio = `${width} / ${height}`;
    }
    const cams = [refinement.lowCam, refinement.highCam];
    if (cams.some((cam, i) => cam !== this.#cams[i])) {
      this.#cams = cams;
      this.#legend.innerHTML = this.#figure.legend(refinement, { left: 0, top: 0, width: 190, height: 130 });
    }
    const arrowsOf = this.#figure.arrowsOf(refinement);
    if (arrowsOf !== this.#arrowsOf) {
      this.#arrowsOf = arrowsOf;
      this.#drawArrows();
    }
  }

  /** Marks the step that lies over the picture. */
  mark(map: MapName): void {
    for (const name of this.#names) {
      this.#cards[name].button.setAttribute('aria-pressed', String((name as string) === map));
    }
  }

  /** A cross in all pictures, and the value there. */
  point(at: Place | undefined): void {
    this.element.classList.toggle('pointed', at !== undefined);
    if (at === undefined || this.#shown === undefined) return;
    this.element.style.setProperty('--x', `${100 * at.x}%`);
    this.element.style.setProperty('--y', `${100 * at.y}%`);
    for (const name of this.#names) this.#cards[name].value.textContent = valueAt(this.#shown, name, at);
  }

  /** The arrows of the figure, where its pictures stand here; none where they stand in another order, on a narrow page. */
  #drawArrows(): void {
    const wide = getComputedStyle(this.element).getPropertyValue('--figure').trim() === '1';
    this.#arrows.toggleAttribute('hidden', !wide);
    if (!wide || this.#shown === undefined) return;
    const { places } = this.#figure;
    const { button, element: imageCard } = this.#cards['image' as Name];
    const at = (column: number, row: number): Box => {
      const name = this.#names.find((one) => places[one][0] === column && places[one][1] === row);
      const card = name === undefined ? imageCard : this.#cards[name].element;
      return {
        left: card.offsetLeft,
        top: card.offsetTop,
        width: button.offsetWidth,
        height: button.offsetHeight,
      };
    };
    const rows = [0, 1, 2].map((row) => at(1, row));
    const columns = [0, 1, 2, 3].map((column) => at(column, 0));
    const captionHeight = imageCard.offsetHeight - button.offsetHeight;
    const gap = columns[1].left - columns[0].left - columns[0].width;
    if (!(gap > 0)) return;
    const { offsetWidth: width, offsetHeight: height } = this.element;
    this.#arrows.setAttribute('viewBox', `0 0 ${width} ${height}`);
    this.#arrows.innerHTML = this.#figure.arrows(
      {
        captionHeight,
        cell: at,
        box: (name) => {
          const [column, row] = places[name];
          return at(column, row);
        },
        gap: (column) => columns[column].left + columns[column].width + gap / 2,
        channel: (row) =>
          row < 2
            ? (rows[row].top + rows[row].height + captionHeight + rows[row + 1].top) / 2
            : rows[row].top + rows[row].height + captionHeight + 14,
      },
      this.#shown,
    );
  }
}

function note({ note: line, element }: Card, { title, note: content }: Panel): void {
  const name = element.querySelector('b') as HTMLElement;
  if (name.textContent !== title) name.textContent = title;
  if (typeof content === 'string') {
    if (line.textContent !== content) line.textContent = content;
    return;
  }
  const { low, high, colormap, from, to } = content;
  const key = `${low} ${high} ${colormap}`;
  if (line.dataset.key === key) return;
  line.dataset.key = key;
  const bar = document.createElement('canvas');
  const whole = paintColorBar(colormap);
  put(bar, part(whole, Math.round(255 * from), Math.round(255 * to)));
  line.replaceChildren(formatNumber(low), bar, formatNumber(high));
}

/** What a step's picture has at a place, in words; none of a histogram. */
function valueAt(refinement: Refinement, name: string, at: Place): string {
  if (name === 'bounds') return '';
  if (name === 'result' || name === 'kept') {
    const { kept } = refinement;
    return kept.data[pixelAt(kept, at).index] ? 'kept' : 'not kept';
  }
  const map = refinement[name as keyof Refinement] as Tensor;
  const { index } = pixelAt(map, at);
  const [, , channels = 1] = map.shape;
  if (map.shape.length === 3) return map.data.slice(index * channels, (index + 1) * channels).join(' ');
  if (map.dtype === 'uint8') return map.data[index] ? 'inside' : 'outside';
  return formatNumber(Number(map.data[index]));
}

function part(bar: ImageData, from: number, to: number): ImageData {
  const width = Math.max(1, to - from + 1);
  return new ImageData(bar.data.slice(4 * from, 4 * (from + width)), width, 1);
}

function svgElement(name: string): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.classList.add(name);
  svg.setAttribute('aria-hidden', 'true');
  return svg;
}

/** Where it stands where the steps stand as in the figure. */
function place(element: HTMLElement | SVGElement, [column, row]: readonly [number, number]): void {
  element.style.setProperty('--column', String(column + 1));
  element.style.setProperty('--row', String(row + 1));
}
