/** Reads the examples that the docstrings of public names give. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface DocstringExample {
  /** The entry and the name, such as `high-res-mapping/node readImage`. */
  readonly title: string;
  /** The program: the code of all blocks after `@example`, or '' where the docstring has none. */
  readonly code: string;
  /** The lines that the program prints: what its comments `//=> LINE` say. */
  readonly printed: readonly string[];
}

const src = join(import.meta.dirname, '..', '..', 'src');

/** The examples of all functions, classes and constants that an entry exports, one for each name. @param entry its file below `src` */
export function docstringExamples(entry: string): DocstringExample[] {
  const module = `high-res-mapping/${entry.replace(/(\/?index)?\.ts$/, '')}`.replace(/\/$/, '');
  return publicValues(join(src, entry)).map((exported) => {
    const code = exampleOf(docstringOf(exported));
    return { title: `${module} ${exported.name}`, code, printed: printedBy(code) };
  });
}

interface Exported {
  readonly name: string;
  readonly file: string;
}

/** What a file exports of other files, types left out. */
function publicValues(entry: string): Exported[] {
  const exported = [...readFileSync(entry, 'utf8').matchAll(/^export \{([^}]*)\} from '([^']+)'/gm)];
  return exported.flatMap(([, names, from]) =>
    names
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '' && !name.startsWith('type '))
      .map((name) => ({ name, file: join(dirname(entry), from) })),
  );
}

/** The docstring above a declaration, '' where there is none. @throws where the file neither declares nor exports the name */
function docstringOf({ name, file }: Exported): string {
  const text = readFileSync(file, 'utf8');
  const declared = new RegExp(
    `^(?:export )?(?:async |abstract )*(?:function\\*?|class|const) ${name}\\b`,
    'm',
  ).exec(text);
  if (declared === null) {
    const from = publicValues(file).find((other) => other.name === name);
    if (from !== undefined) return docstringOf(from);
    const [, local] = new RegExp(`^export \\{.*?(\\w+) as ${name}\\b`, 'm').exec(text) ?? [];
    if (local !== undefined) return docstringOf({ name: local, file });
    throw new Error(`${file} exports no value ${name}`);
  }
  const before = text.slice(0, declared.index);
  return before.endsWith('*/\n') ? before.slice(before.lastIndexOf('/**')) : '';
}

function exampleOf(docstring: string): string {
  const lines = docstring.replace(/^ \* ?/gm, '');
  const [, ...parts] = lines.split(/^@example\b/m);
  return parts
    .flatMap((part) => [...part.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code]) => code))
    .join('');
}

function printedBy(code: string): string[] {
  return [...code.matchAll(/\/\/=> ?(.*)$/gm)].map(([, line]) => line);
}
