/** Light or dark theme: the system's, or the user's choice, which is stored in the browser. */
import { effect, type Signal, signal } from '@preact/signals-core';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const key = 'hrm-theme';

export const theme: Signal<Theme> = signal(remembered());

/** Applies the theme to the document, now and when it changes. */
export function applyTheme(): void {
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
    try {
      localStorage.setItem(key, theme.value);
    } catch {
      // Storage may be blocked; the choice is then lost with the page.
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
