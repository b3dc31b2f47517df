import type { Random } from '../../src/tensor/random.ts';
import { damageBytes } from './damage-bytes.ts';
import { oneOf } from './kind.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const odd: readonly Json[] = [
  ...[
    null,
    true,
    false,
    0,
    -1,
    1,
    0.5,
    1e308,
    -1e308,
    2 ** 53,
    4294967296,
    '',
    ' ',
    '0',
    '-1',
    'NaN',
    '1e999',
  ],
  ...[
    '\u001b[31merror: x',
    'a\nerror: b',
    '\u202e',
    '\ufeff',
    '\ud800',
    '../../etc/passwd',
    '__proto__',
    '%s',
  ],
  ...[[], {}, [[]], [{}], [null], { '': '' }, { '0': 'a', '2': 'b' }, 'x'.repeat(5000)],
];

/**
 * The text of a damaged copy: values replaced, keys left out, renamed or doubled; at times with the text
 * itself damaged.
 */
export function damageJson(value: unknown, rng: Random): Uint8Array {
  const copy = { root: structuredClone(value) as Json };
  for (let n = 1 + rng.integer(3); n > 0; n--) change(copy, 'root', rng);
  const text = new TextEncoder().encode(JSON.stringify(copy.root, null, rng.integer(3)) ?? '');
  return rng.next() < 0.25 ? damageBytes(text, rng) : text;
}

function change(holder: { [key: string]: Json } | Json[], key: string, rng: Random): void {
  const of = holder as { [key: string]: Json };
  const inner = of[key];
  if (typeof inner === 'object' && inner !== null && rng.next() < 0.75) {
    const keys = Object.keys(inner);
    if (keys.length > 0) {
      change(inner as { [key: string]: Json }, oneOf(rng, keys), rng);
      return;
    }
  }
  const kinds = [
    () => set(of, key, oneOf(rng, odd)),
    () => set(of, key, oneOf(rng, odd)),
    () => delete of[key],
    () =>
      set(
        of,
        oneOf(rng, ['__proto__', 'constructor', '', `${key} `, key.toUpperCase(), `${key}_`]),
        inner ?? null,
      ),
    () => set(of, key, [inner ?? null, inner ?? null]),
    () => set(of, key, { [key]: inner ?? null }),
    () => set(of, key, nested(1 + rng.integer(2000))),
  ];
  oneOf(rng, kinds)();
}

/** Sets `__proto__` as an own key, as JSON.parse does. */
function set(of: { [key: string]: Json }, key: string, value: Json): void {
  Object.defineProperty(of, key, { value, enumerable: true, writable: true, configurable: true });
}

function nested(depth: number): Json {
  let value: Json = 0;
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}
