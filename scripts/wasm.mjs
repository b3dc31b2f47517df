/**
 * `npm run wasm`: compiles what is in `assembly` to `src/refine/kernels-wasm.ts`. With `--check`, writes nothing and fails where
 * the file is not what would be written.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from 'assemblyscript/asc';

const root = join(import.meta.dirname, '..');
const file = join(root, 'src', 'refine', 'kernels-wasm.ts');
const options = ['-O3', '--enable', 'simd', '--runtime', 'stub', '--use', 'abort='];

let binary;
const { error, stderr } = await main(['assembly/index.ts', '--outFile', 'kernels.wasm', ...options], {
  baseDir: root,
  writeFile: (_, content) => {
    binary = content;
  },
});
if (error) throw new Error(`${error.message}\n${stderr}`);
const text = `/** \`assembly\`, compiled by \`npm run wasm\`; not to be changed by hand. */
export const kernelsWasm: string =
  '${Buffer.from(binary).toString('base64')}';
`;

if (!process.argv.includes('--check')) writeFileSync(file, text);
else if (readFileSync(file, 'utf8') !== text) {
  console.error('src/refine/kernels-wasm.ts is not what `npm run wasm` makes of assembly');
  process.exitCode = 1;
}
