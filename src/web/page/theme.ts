/** Light or dark: as the system has it, or as chosen, which this browser remembers. */
import { effect, type Signal, signal } from '@preact/signals-core';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const key = 'hrm-theme';

export const theme: Signal<Theme> = signal(remembered());

/** Applies the choice to the document, now and when it changes. */
export function applyTheme(): void {
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
    try {
      localStorage.setItem(key, theme.value);
    } catch {
      // Storage may be blocked; the choice then lasts as long as the page.
    }
  });
}

function remembered(): Theme {
  try {
    const found = localStorage.getItem(key) as Theme;
    return themes.includes(found) ? found : 'system';
  } catch {
    return 'system';
  }
}
