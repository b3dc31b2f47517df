/** No code parses an error's text: errors that code must recognise have classes (`src/errors`). */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'vite';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** Where the text of others is read, who give nothing but text; each once. */
const allowed: Readonly<Record<string, string>> = {
  'src/errors/first-line.ts': 'the first line of anything thrown, to be shown',
  'src/errors/parse-json.ts': 'what V8 quotes goes over several lines',
  'src/errors/out-of-memory-error.ts': 'engines and ONNX Runtime say in words that memory is short',
  'src/data/picture/sharp-failed.ts': 'sharp and libvips have no codes',
  'src/runtime/ort-error.ts': "ONNX Runtime's own places in its source are left out",
  'src/runtime/probe.ts': 'ONNX Runtime says in words why a device cannot be used',
  'tools/fuzz/clear-error.ts': 'whether a user would understand an error',
};

interface Node {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

const stringMethods = new Set(
  `at charAt charCodeAt codePointAt endsWith includes indexOf lastIndexOf localeCompare match matchAll replace replaceAll search
  slice split startsWith substr substring toLowerCase toUpperCase trim trimEnd trimStart`.split(/\s+/),
);

/** Names of what is thrown. */
const thrown = /^(e|err|error|exception|cause|failure)$/;
const texts = /^(message|reason)$/;

/**
 * The places in a source that parse an error's text, by line: string methods, indexing, patterns,
 * comparisons with a text.
 */
function takenApart(path: string, source: string): string[] {
  const { program, errors } = parseSync(path, source);
  expect(errors, path).toEqual([]);
  const nodes = [...walk(program as unknown as Node)];
  const known = new Set<string>();
  const isText = (node: Node): boolean => isMessage(node, known);
  for (const { id, init } of nodes.filter(
    ({ type }) => type === 'VariableDeclarator',
  ) as unknown as Declarator[]) {
    if (init && id.type === 'Identifier' && isText(init)) known.add(id.name as string);
  }
  for (const { properties } of nodes.filter(({ type }) => type === 'ObjectPattern')) {
    for (const { key, value } of properties as Node[]) {
      if (texts.test(String((key as Node)?.name))) known.add((value as Node).name as string);
    }
  }
  return nodes
    .filter((node) => takesApart(node, isText))
    .map(({ start }) => `${path}:${source.slice(0, start).split('\n').length}`);
}

type Declarator = { readonly id: Node; readonly init: Node | null };

function* walk(node: Node): Generator<Node> {
  yield node;
  for (const child of Object.values(node).flat()) {
    if (typeof (child as Node | null)?.type === 'string') yield* walk(child as Node);
  }
}

/** Whether an expression's value is an error's text, or holds it. */
function isMessage(node: Node, known: ReadonlySet<string>): boolean {
  const isText = (child: unknown): boolean => isMessage(child as Node, known);
  const isThrown = ({ type, name }: Node): boolean => type === 'Identifier' && thrown.test(name as string);
  switch (node.type) {
    case 'Identifier':
      return texts.test(node.name as string) || known.has(node.name as string);
    case 'MemberExpression':
      return !node.computed && texts.test((node.property as Node).name as string);
    case 'CallExpression': {
      const { name } = node.callee as Node;
      if (name === 'String') return (node.arguments as Node[]).some((one) => isThrown(one) || isText(one));
      return name === 'firstLine' || name === 'reasonOf';
    }
    case 'TemplateLiteral':
      return (node.expressions as Node[]).some((one) => isThrown(one) || isText(one));
    case 'BinaryExpression':
      return node.operator === '+' && (isText(node.left) || isText(node.right));
    case 'LogicalExpression':
      return isText(node.left) || isText(node.right);
    case 'ConditionalExpression':
      return isText(node.consequent) || isText(node.alternate);
    default:
      return node.expression !== undefined && typeof node.expression === 'object' && isText(node.expression);
  }
}

function takesApart(node: Node, isText: (node: Node) => boolean): boolean {
  switch (node.type) {
    case 'MemberExpression': {
      const { name } = node.property as Node;
      return (node.computed || stringMethods.has(name as string)) && isText(node.object as Node);
    }
    case 'CallExpression': {
      const { property } = node.callee as { readonly property?: Node };
      const isPattern = property?.name === 'test' || property?.name === 'exec';
      return isPattern && (node.arguments as Node[]).some(isText);
    }
    case 'BinaryExpression': {
      const sides = [node.left, node.right] as Node[];
      return (
        ['==', '!=', '===', '!=='].includes(node.operator as string) &&
        // A variable `reason` may be one of a few words.
        sides.some((one) => one.name !== 'reason' && isText(one)) &&
        sides.some(({ type, value }) => type === 'Literal' && typeof value === 'string')
      );
    }
    case 'SwitchStatement':
      return isText(node.discriminant as Node);
    case 'VariableDeclarator': {
      const { id, init } = node as unknown as Declarator;
      return id.type === 'ArrayPattern' && init !== null && isText(init);
    }
    default:
      return false;
  }
}

test.each([
  'if ((error as Error).message.endsWith("a half model")) throw error;',
  'const { message } = error as Error; if (message.startsWith(path)) throw error;',
  'const { message: text } = error; text.slice(3);',
  'const text = (error as Error)?.message ?? ""; text.replace(path, "");',
  'const [line] = (error instanceof Error ? error.message : String(error)).split("\\n");',
  'const [letter] = error.message;',
  'message[0].toUpperCase();',
  '/adapter/i.test(error.message);',
  `/adapter/i.exec(\`\${error}\`);`,
  'if (firstLine(error) === "too large") throw error;',
  'String(error).includes("x");',
  'error.reason!.trim();',
  'if (error.reason === "no such file") throw error;',
  'switch (error.message) { default: }',
])('finds: %s', (source) => {
  expect(takenApart('a.ts', source)).not.toEqual([]);
});

test.each([
  `throw new Error(\`a.png: \${(error as Error).message}\`, { cause: error });`,
  'if (error instanceof FileError) console.log(error.reason);',
  'if (reason !== undefined) port.on("message", (text: string) => text.trim());',
  `console.error(\`error: \${firstLine(error)}\`);`,
  'if (reason === "failure") show({ message: text }, text.trim());',
])('accepts: %s', (source) => {
  expect(takenApart('a.ts', source)).toEqual([]);
});

test("no source parses an error's text, except that of other libraries", () => {
  const files = ['src', 'scripts', 'tools', 'bench', 'test/helpers'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.(ts|mjs|js)$/.test(path) && !path.endsWith('.test.ts'))
      .map((path) => `${folder}/${path.replaceAll('\\', '/')}`),
  );
  expect(files.length).toBeGreaterThan(300);
  const found = files.flatMap((path) => takenApart(path, readFileSync(join(root, path), 'utf8')));
  const fileOf = (place: string): string => place.slice(0, place.lastIndexOf(':'));
  expect(found.filter((place) => !(fileOf(place) in allowed))).toEqual([]);
  expect(Object.keys(allowed).filter((path) => !found.some((place) => fileOf(place) === path))).toEqual([]);
});
