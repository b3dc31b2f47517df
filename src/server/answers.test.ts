/** What the server tells about itself, and what it serves besides its API. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { formatLogEntry } from './access-log.ts';
import { Metrics } from './metrics.ts';
import { openApiDocument } from './openapi.ts';
import { hasTag, readStaticFiles, staticFile } from './static-files.ts';

const rules = {
  models: ['a', 'b'],
  methods: ['cam'],
  sizes: [{ multiple: 32 }, { multiple: 32 }],
  maxImSize: 512,
};

test.each([true, false])('the OpenAPI document is valid, with a token (%s)', async (token) => {
  const document = openApiDocument({ version: '1.2.3', rules, token });
  const validator = new Validator();
  const { valid, errors } = await validator.validate(structuredClone(document));
  expect(errors).toBeUndefined();
  expect([valid, validator.version]).toEqual([true, '3.1']);
  const broken = { ...document, paths: { 'v1/explain': {} } };
  expect((await new Validator().validate(broken)).valid).toBe(false);
});

test('the OpenAPI document describes the parameters', () => {
  type Parameter = { name: string; schema: object };
  const { paths } = openApiDocument({ version: '1', rules, token: false }) as {
    paths: Record<
      string,
      { post: { parameters: Parameter[]; requestBody: { content: Record<string, never> } } }
    >;
  };
  const { parameters, requestBody } = paths['/v1/explain'].post;
  const schema = (name: string) => parameters.find((one) => one.name === name)?.schema;
  expect(schema('model')).toEqual({ type: 'string', enum: ['a', 'b'], default: 'a' });
  expect(schema('crf_spatial')).toEqual({ type: 'number', minimum: 0.005, maximum: 1, default: 0.2 });
  expect(schema('class')).toMatchObject({ type: 'array', minItems: 1, maxItems: 8 });
  expect(parameters.find(({ name }) => name === 'class')).toMatchObject({ style: 'form', explode: true });
  expect(schema('im_size')).toEqual({ type: 'number', minimum: 32, maximum: 512, multipleOf: 32 });
  expect(Object.keys(requestBody.content)).toContain('multipart/form-data');
});

test('reads the files of a page once and omits links', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hrm-page-'));
  try {
    await expect(readStaticFiles(join(folder, 'none'))).rejects.toThrow('none: no such folder');
    await expect(readStaticFiles(folder)).rejects.toThrow('no index.html in this folder');
    mkdirSync(join(folder, 'assets', 'deep'), { recursive: true });
    for (const name of ['index.html', 'assets/a.js', 'assets/deep/b.wasm', 'assets/c.mjs', 'm.onnx'])
      writeFileSync(join(folder, name), name);
    symlinkSync('/etc/hostname', join(folder, 'link.txt'));
    symlinkSync('/etc', join(folder, 'etc'));
    const files = await readStaticFiles(folder);
    expect(Object.fromEntries([...files].map(([path, { type }]) => [path, type]))).toEqual({
      '/': 'text/html; charset=utf-8',
      '/index.html': 'text/html; charset=utf-8',
      '/assets/a.js': 'text/javascript; charset=utf-8',
      '/assets/c.mjs': 'text/javascript; charset=utf-8',
      '/assets/deep/b.wasm': 'application/wasm',
      '/m.onnx': 'application/octet-stream',
    });
    expect(new TextDecoder().decode(files.get('/assets/a.js')?.bytes)).toBe('assets/a.js');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('finds a tag in a list', () => {
  const { etag } = staticFile('a.txt', new Uint8Array(3));
  expect(etag).toMatch(/^"[\w-]{43}"$/);
  for (const header of [etag, `W/${etag}`, `"x", ${etag}`, '*']) expect(hasTag(header, etag)).toBe(true);
  for (const header of [undefined, '', '"x"', etag.slice(1)]) expect(hasTag(header, etag)).toBe(false);
});

test('a log entry is one line for any request', () => {
  const entry = {
    time: new Date(0),
    remote: '::1',
    method: 'GET',
    path: '/a\n\u001b[2Jb c\ud800é',
    status: 404,
    ms: 1.26,
  };
  expect(formatLogEntry(entry, 'text')).toBe(
    '1970-01-01T00:00:00.000Z ::1 GET /a%0a%1b[2Jb%20c%ef%bf%bd%c3%a9 404 1.3 ms',
  );
  const json = formatLogEntry(entry, 'json');
  expect(json).not.toContain('\n');
  expect(JSON.parse(json)).toEqual({ ...entry, time: '1970-01-01T00:00:00.000Z', ms: 1.3 });
});

test('metrics belong to one server', async () => {
  const [one, other] = [new Metrics(), new Metrics()];
  one.watch({ inWork: () => 3, waiting: () => 2, storedBytes: () => 1, sessionBytes: () => 4 });
  one.answered('/v1/predict', 'POST', 200, 30);
  one.batch('a', 3);
  await one.stage('decode', async () => 0);
  const text = await one.text();
  expect(text).toContain(
    'hrm_request_duration_seconds_bucket{le="0.025",route="/v1/predict",method="POST",status="200"} 0',
  );
  expect(text).toContain(
    'hrm_request_duration_seconds_bucket{le="0.05",route="/v1/predict",method="POST",status="200"} 1',
  );
  expect(text).toContain('hrm_requests_in_work 3');
  expect(text).toContain('hrm_session_bytes 4');
  expect(text).toContain('hrm_batch_size_sum{model="a"} 3');
  expect(text).toContain('hrm_stage_duration_seconds_count{stage="decode"} 1');
  expect(await other.text()).not.toContain('/v1/predict');
});
