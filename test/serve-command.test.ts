/** `hrm serve`, the built command: what it answers, whom, and how it ends. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serveCommand } from '../src/cli/serve.ts';
import { camMethods } from '../src/explain/methods/index.ts';
import { refineParameters } from '../src/refine/parameters.ts';
import { explainAnswer, healthAnswer, modelAnswer, predictAnswer } from '../src/server/answers.ts';
import { openApiDocument } from '../src/server/openapi.ts';
import { outputNames } from '../src/server/outputs.ts';
import { explainParameters, predictParameters } from '../src/server/parameters.ts';
import { problemSchema } from '../src/server/problem.ts';
import { decodeNpy } from '../src/tensor/npy.ts';
import { snakeCase } from '../src/text/case.ts';
import { hrmOutput, hrmProcess, newFolder } from './helpers/cli.ts';
import { type ServerProcess, startServerProcess } from './helpers/server.ts';

const root = join(import.meta.dirname, '..');
const star = join(root, 'samples', 'star.jpg');
const model = join(root, 'models', 'scenes.onnx');
const work = newFolder();
const at = (path: string): string => join(work, path);
const token = 'a-token-of-24-characters';

let server: ServerProcess;
beforeAll(async () => {
  copyFileSync(model, at('other.onnx'));
  writeFileSync(at('token'), `${token}\n`);
  server = await startServerProcess(work, '--weight-dir', model, 'other.onnx', '--log', 'json');
});
afterAll(async () => {
  await server?.stop();
  rmSync(work, { recursive: true });
});

const jpeg = { 'Content-Type': 'image/jpeg' };

function post(
  path: string,
  body: BodyInit = readFileSync(star),
  headers: HeadersInit = jpeg,
): Promise<Response> {
  return fetch(`${server.address}${path}`, { method: 'POST', body, headers });
}

async function explain(query: string, body?: BodyInit, headers?: HeadersInit): Promise<Answer> {
  const response = await post(`/v1/explain?${query}`, body, headers);
  expect(response.status, await response.clone().text()).toBe(200);
  return explainAnswer.parse(await response.json()) as unknown as Answer;
}

interface Answer {
  model: string;
  predictions: { name: string; index: number; probability: number }[];
  explained_class: { name: string; index: number };
  picture_size: number[];
  result_size: number[];
  box: number[];
  options: Record<string, unknown>;
  outputs: Record<string, { type: string; shape?: number[]; base64?: string; href?: string }>;
}

async function expectProblem(response: Response, status: number, detail: string): Promise<void> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const problem = problemSchema.parse(await response.json());
  expect(problem).toMatchObject({ status, detail: expect.stringContaining(detail) });
  expect(response.status).toBe(status);
}

/** A request with headers that `fetch` would not send. */
function ask(path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    request(`${server.address}${path}`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

const bytesOf = ({ base64 = '' }: { base64?: string }): Buffer => Buffer.from(base64, 'base64');

describe('explain', () => {
  test('the maps equal those of hrm explain, bit for bit', async () => {
    const given = ['--npy', '--class', 'ring', '--refiner', 'regions'];
    await hrmOutput(work, 'explain', star, '--weight-dir', model, '--out', 'out', ...given);
    const answer = await explain(
      'class=ring&refiner=regions&outputs=low_res_cam,high_res_cam,merged,kept,segment',
    );
    const files = {
      low_res_cam: 'low_cam',
      high_res_cam: 'high_cam',
      merged: 'merged',
      kept: 'kept',
      segment: 'full_segment',
    };
    for (const [name, file] of Object.entries(files)) {
      const bytes = bytesOf(answer.outputs[name]);
      expect(bytes.equals(readFileSync(at(`out/star.${file}.npy`))), name).toBe(true);
      expect(answer.outputs[name].shape).toEqual(decodeNpy(bytes).shape);
    }
    const { image: _, model: __, ...record } = JSON.parse(readFileSync(at('out/star.json'), 'utf8'));
    expect(answer).toMatchObject(record);
    expect(answer.explained_class.name).toBe('ring');
    expect(answer.predictions[0].name).toBe('star');
  });

  test('with a CRF the maps equal those of hrm explain, and there is no segment', async () => {
    const given = ['--refiner', 'crf', '--crf-weight', '1'];
    await hrmOutput(work, 'explain', star, '--weight-dir', model, '--out', 'crf', '--npy', ...given);
    const answer = await explain(
      'refiner=crf&crf_weight=1&outputs=merged,kept,mask,cut_out,overlay,pipeline',
    );
    for (const [name, file] of Object.entries({ merged: 'merged', kept: 'kept' })) {
      const bytes = bytesOf(answer.outputs[name]);
      expect(bytes.equals(readFileSync(at(`crf/star.${file}.npy`))), name).toBe(true);
    }
    const { image: _, model: __, ...record } = JSON.parse(readFileSync(at('crf/star.json'), 'utf8'));
    expect(answer).toMatchObject(record);
    expect(answer.options).toMatchObject({ refiner: 'crf', crfWeight: 1 });
    for (const [name, kind] of Object.entries({ mask: 'mask', cut_out: 'cutout', overlay: 'overlay' })) {
      const file = readFileSync(at(`crf/star.${kind}.png`));
      expect(bytesOf(answer.outputs[name]).equals(file), name).toBe(true);
    }
    expect(answer).not.toHaveProperty('bounds');
    const refused = await post('/v1/explain?refiner=crf&outputs=segment');
    await expectProblem(refused, 422, 'segment needs the refiner regions');
  });

  test('pictures are PNG files', async () => {
    const { outputs, picture_size } = await explain(
      'outputs=cut_out,overlay,pipeline,mask,low_res_cam&format=png',
    );
    const sizes = await Promise.all(
      Object.values(outputs).map(async (output) => {
        expect(output.type).toBe('image/png');
        const { width, height, channels } = await sharp(bytesOf(output)).metadata();
        return [height, width, channels];
      }),
    );
    expect(picture_size).toEqual([256, 256]);
    expect(sizes.slice(0, 2)).toEqual([
      [256, 256, 4],
      [256, 256, 3],
    ]);
    expect(sizes.slice(3)).toEqual([
      [256, 256, 1],
      [4, 4, 3],
    ]);
    expect(sizes[2][1]).toBeGreaterThan(1000);
  });

  test("a requested side limits the result size; the box is in the picture's own pixels", async () => {
    const whole = await explain('outputs=mask');
    const answer = await explain('outputs=mask,overlay&side=100&format=npy');
    expect([answer.picture_size, answer.result_size]).toEqual([
      [256, 256],
      [100, 100],
    ]);
    expect(answer.outputs.mask.shape).toEqual([100, 100]);
    expect(answer.outputs.overlay.shape).toEqual([100, 100, 3]);
    for (const [i, edge] of answer.box.entries()) {
      expect(Math.abs(edge - whole.box[i])).toBeLessThan(8);
    }
  });

  test('explains several classes, named or most probable', async () => {
    const several = async (query: string) =>
      (await explain(`outputs=mask&${query}`)) as unknown as {
        classes: (typeof single)[];
        predictions: object[];
      };
    const single = await explain('outputs=mask&class=ring');
    const named = await several('class=ring&class=disc');
    expect(named.classes.map(({ explained_class: { name } }) => name)).toEqual(['ring', 'disc']);
    expect(named.classes[0].outputs).toEqual(single.outputs);
    const top = await several('top=2');
    expect(top.classes.map(({ explained_class }) => explained_class)).toEqual(top.predictions.slice(0, 2));
    await expectProblem(await post('/v1/explain?class=ring&top=2'), 422, 'class and top exclude each other');
    await expectProblem(await post('/v1/explain?top=7'), 422, 'top: the model has 6 classes, got 7');
  });

  test('links return the same files as inline answers', async () => {
    const query = 'outputs=merged,overlay';
    const [inline, linked] = await Promise.all([explain(query), explain(`${query}&deliver=link`)]);
    for (const [name, { type, href = '' }] of Object.entries(linked.outputs)) {
      const response = await fetch(`${server.address}${href}`);
      expect(response.headers.get('content-type')).toBe(type);
      expect(Buffer.from(await response.arrayBuffer()).equals(bytesOf(inline.outputs[name]))).toBe(true);
      await expectProblem(await fetch(`${server.address}${href}x`), 404, 'no such result');
    }
  });

  test('accepts a form with parameters as fields, another model, size and refinement', async () => {
    const form = new FormData();
    form.append('image', new Blob([readFileSync(star)], { type: 'image/jpeg' }), 'star.jpg');
    form.append('class', '2');
    form.append('filter_percentage', '30');
    form.append('outputs', 'kept');
    const answer = await explain('model=other&im_size=96', form, {});
    expect(answer).toMatchObject({ model: 'other', explained_class: { name: 'ring', index: 2 } });
    expect(answer.options).toMatchObject({ filterPercentage: 30, roiPercentile: 85 });
    expect(answer.outputs.kept.shape).toEqual([96, 96]);
    const twice = await post('/v1/explain?filter_percentage=1', form, {});
    await expectProblem(twice, 422, "'filter_percentage' is given twice");
  });

  test.each([
    ['class=banana', "class: there is no 'banana'; the classes are cross, disc,"],
    ['class=6', 'an index from 0 to 5 is needed, got 6'],
    ['class=-1', 'an index from 0 to 5 is needed, got -1'],
    ['model=../scenes', 'model: '],
    ['method=magic', 'method: '],
    ['roi_percentile=NaN', 'roi_percentile: '],
    ['top_k=3', "'top_k' is not a parameter"],
  ])('rejects %s', async (query, detail) => {
    await expectProblem(await post(`/v1/explain?${query}`), 422, detail);
  });

  test('rejects a picture that cannot be read, with the reason', async () => {
    await expectProblem(
      await post('/v1/explain', 'hello'),
      422,
      'not a JPEG, PNG, WebP, AVIF, BMP, TIFF, GIF or PNM file',
    );
    await expectProblem(
      await post('/v1/explain', readFileSync(star).subarray(0, 3000)),
      422,
      'cannot be read',
    );
    await expectProblem(
      await post('/v1/explain', '{}', { 'Content-Type': 'application/json' }),
      422,
      "the JSON needs 'image'",
    );
  });
});

test('predict: returns the best classes, no more than the model has', async () => {
  const answer = predictAnswer.parse(await (await post('/v1/predict?top_k=100')).json());
  expect(answer.predictions).toHaveLength(6);
  expect(answer).toMatchObject({ model: 'scenes' });
  expect((answer as unknown as Answer).predictions[0].name).toBe('star');
});

test('concurrent requests: each has its own answer, bad ones fail alone, some share a batch', async () => {
  const names = ['star', 'ring', 'disc', 'cross'];
  const alone = await Promise.all(
    names.map(async (name) => {
      const response = await post('/v1/predict', readFileSync(join(root, 'samples', `${name}.jpg`)));
      return ((await response.json()) as Answer).predictions;
    }),
  );
  const answers = await Promise.all(
    Array.from({ length: 60 }, async (_, i) => {
      if (i % 5 === 4) return (await post('/v1/predict', 'no picture')).status;
      const response = await post('/v1/predict', readFileSync(join(root, 'samples', `${names[i % 4]}.jpg`)));
      return ((await response.json()) as Answer).predictions;
    }),
  );
  for (const [i, answer] of answers.entries()) {
    if (i % 5 === 4) expect(answer).toBe(422);
    else {
      const [best, expected] = [(answer as Answer['predictions'])[0], alone[i % 4][0]];
      expect(best.name).toBe(expected.name);
      expect(best.probability).toBeCloseTo(expected.probability, 4);
    }
  }
  const figures = await (await fetch(`${server.address}/metrics`)).text();
  const value = (name: string): number =>
    Number(new RegExp(`^hrm_batch_size_${name}\\{.*model="scenes".*\\} (\\d+)$`, 'm').exec(figures)?.[1]);
  expect(value('sum')).toBeGreaterThan(value('count'));
  expect(figures).toMatch(
    /^hrm_request_duration_seconds_count\{route="\/v1\/predict",method="POST",status="422"\} 1[2-9]$/m,
  );
});

test('an early answer reaches a client that still sends, then the connection closes', async () => {
  const body = '{"a":'.repeat(200_000);
  const statusOf = (head: string): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(server.port, '127.0.0.1').pause();
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk.toString('latin1');
      });
      socket.on('error', () => {});
      socket.on('close', () => resolve(text.slice(9, 12)));
      const headers = `Host: localhost\r\nConnection: close\r\nContent-Length: ${body.length}`;
      socket.write(`${head}\r\n${headers}\r\n\r\n`);
      // It reads when it has sent everything; the answer is there by then.
      setTimeout(() => socket.write(body), 50);
      setTimeout(() => socket.resume(), 150);
    });
  expect(await statusOf('POST /v1/explain HTTP/1.1\r\nContent-Type: multipart/mixed')).toBe('415');
  expect(await statusOf('POST /nowhere HTTP/1.1')).toBe('404');
  expect(await statusOf('POST /v1/model HTTP/1.1')).toBe('405');
});

test('lists models and their files', async () => {
  const answer = modelAnswer.parse(await (await fetch(`${server.address}/v1/model`)).json());
  expect(answer).toMatchObject({
    default: 'scenes',
    models: [
      { name: 'scenes', im_size: 64, device: 'cpu', methods: camMethods.map(({ name }) => name) },
      { name: 'other' },
    ],
  });
  const { href } = (answer.models as { file: { href: string } }[])[1].file;
  const address = new URL(href, `${server.address}/v1/model`);
  const response = await fetch(address);
  expect(Buffer.from(await response.arrayBuffer()).equals(readFileSync(model))).toBe(true);
  expect(response.headers.get('content-disposition')).toBe('attachment; filename="other.onnx"');
  const etag = response.headers.get('etag') ?? '';
  const again = await fetch(address, { headers: { 'If-None-Match': etag } });
  expect([again.status, await again.text()]).toEqual([304, '']);
  await expectProblem(await fetch(`${server.address}/v1/model/file?model=x`), 422, 'one of scenes, other');
});

test('serves health, description and the overview page', async () => {
  healthAnswer.parse(await (await fetch(`${server.address}/healthz`)).json());
  const document = (await (await fetch(`${server.address}/openapi.json`)).json()) as { paths: object };
  const page = await fetch(server.address);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  // The page that was built, else one that says what there is to ask.
  const built = existsSync(new URL('../dist/web/index.html', import.meta.url));
  expect(await page.text()).toContain(built ? '<script' : `${server.address}/v1/explain`);
  // Every path of the description is there: none answers 404 to the method it names.
  for (const path of Object.keys(document.paths)) {
    if (path.includes('{')) continue;
    const method = Object.keys(document.paths[path as never])[0].toUpperCase();
    expect((await fetch(server.address + path, { method })).status, path).not.toBe(404);
  }
  expect(await new Validator().validate(structuredClone(document))).toMatchObject({ valid: true });
});

test('a path allows only its methods; unknown paths are refused', async () => {
  for (const [path, method, allow] of [
    ['/v1/explain', 'GET', 'POST'],
    ['/v1/explain', 'HEAD', 'POST'],
    ['/v1/model', 'POST', 'GET, HEAD'],
    ['/', 'DELETE', 'GET, HEAD'],
    ['/v1/results/a/b', 'PUT', 'GET, HEAD'],
    ['/v1/predict', 'OPTIONS', 'POST'],
  ]) {
    const response = await fetch(server.address + path, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
  }
  const head = await fetch(`${server.address}/v1/model`, { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
  await expectProblem(await fetch(`${server.address}/v1/nothing`), 404, 'nothing under this path');
});

test("headers restrict answers to the page's origin and isolate the page", async () => {
  for (const path of ['/', '/v1/model', '/v1/nothing']) {
    const { headers } = await fetch(server.address + path);
    expect(Object.fromEntries(headers)).toMatchObject({
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    expect(headers.get('access-control-allow-origin')).toBeNull();
    expect(headers.get('content-security-policy')).toContain(
      path === '/' ? "'wasm-unsafe-eval'" : "default-src 'none'",
    );
    expect(headers.get('cache-control')).toBe(path === '/' ? 'no-cache' : 'no-store');
  }
});

test('refuses other host names and pages of other origins', async () => {
  expect(await ask('/healthz', { Host: 'localhost:1' })).toBe(200);
  expect(await ask('/healthz', { Host: 'rebound.example.org' })).toBe(421);
  expect(await ask('/', { Host: 'rebound.example.org' })).toBe(421);
  expect(await ask('/v1/model', { Origin: 'http://example.org' })).toBe(403);
  expect(await ask('/v1/model', { Origin: server.address })).toBe(200);
});

test('logs a line for each request', async () => {
  await fetch(`${server.address}/v1/nothing?secret=1`);
  const entry = JSON.parse(server.lines.findLast((line) => line.includes('/v1/nothing')) ?? '{}');
  expect(entry).toMatchObject({ method: 'GET', path: '/v1/nothing', status: 404, remote: '127.0.0.1' });
  expect(server.lines.join()).not.toContain('secret');
});

describe('docs/server.md', () => {
  const docs = readFileSync(join(root, 'docs', 'server.md'), 'utf8');

  test('names every option, parameter, output and endpoint', () => {
    const rules = { models: ['a'], methods: ['cam'], sizes: [{ multiple: 32 }], maxImSize: 512 };
    const parameters = [explainParameters(rules), predictParameters(rules)].flatMap(({ shape }) =>
      Object.keys(shape),
    );
    // The refinement's parameters stand in the table of docs/commands.md, as test/readme.test.ts checks.
    const inReadme = refineParameters.map(({ name }) => snakeCase(name));
    const own = parameters.filter((name) => !inReadme.includes(name));
    const options = serveCommand().options.map(({ long }) => long as string);
    for (const name of [...own, ...outputNames]) expect(docs).toContain(`\`${name}\``);
    for (const name of options) expect(docs).toMatch(new RegExp(`^\\|[^|]*\`[^|]*${name}\\b`, 'm'));
    const { paths } = openApiDocument({ version: '1', rules, token: false }) as { paths: object };
    for (const path of Object.keys(paths)) expect(docs).toContain(path.replace('{id}/{name}', 'ID/NAME'));
  });

  const hasCurl = spawnSync('curl', ['--version']).status === 0;
  test.skipIf(!hasCurl)('its examples work (skipped without curl)', () => {
    cpSync(join(root, 'samples'), at('samples'), { recursive: true });
    const examples = [...docs.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, code]) =>
      code.trim().split('\n'),
    );
    expect(examples.length).toBeGreaterThan(4);
    for (const example of examples) {
      const command = example
        .replace('http://127.0.0.1:8080', server.address)
        .replace('curl', 'curl --fail-with-body');
      const { status, stdout } = spawnSync('sh', ['-c', command], { cwd: work, encoding: 'utf8' });
      expect([status, stdout], example).toEqual([0, expect.anything()]);
      if (!example.includes(' -o ')) JSON.parse(stdout);
    }
    expect(readFileSync(at('model.onnx')).equals(readFileSync(model))).toBe(true);
  });
});

describe('start and end', () => {
  // The models that come along are served in test/serve-hostile.test.ts and test/browser/served.test.ts: they take longer to load.
  const startOne = (...args: string[]): Promise<ServerProcess> =>
    startServerProcess(work, '--weight-dir', model, ...args);
  const none = (path: string): string => `${path}: no such file`;
  test.concurrent.each([
    ['--weight-dir nowhere.onnx', none('nowhere.onnx')],
    ['--token-file nowhere', none('nowhere')],
    ['--page nowhere', 'nowhere: no such folder'],
    [
      '--host 0.0.0.0',
      '--host 0.0.0.0: other machines may reach it, so a token is needed: --token-file FILE',
    ],
    [
      `--host 192.0.2.1 --token-file token --weight-dir ${model}`,
      'cannot listen on 192.0.2.1, port 0: this machine has no such address',
    ],
  ])('hrm serve %s fails', async (args, message) => {
    const { code, stderr, stdout } = await hrmProcess(work, 'serve', '--port', '0', ...args.split(' '));
    expect({ code, stderr, stdout }).toEqual({ code: 1, stderr: `error: ${message}\n`, stdout: '' });
  });

  test('reports a port in use', async () => {
    const given = ['--weight-dir', model, '--port', String(server.port)];
    const { code, stderr } = await hrmProcess(work, 'serve', ...given);
    expect([code, stderr]).toEqual([
      1,
      `error: cannot listen on 127.0.0.1, port ${server.port}: the port is in use\n`,
    ]);
  });

  test('with a token: listens on other addresses; without the token shows only the page', async () => {
    mkdirSync(at('page/assets'), { recursive: true });
    writeFileSync(at('page/index.html'), '<title>A page</title>');
    writeFileSync(at('page/assets/x-1.mjs'), 'export {};');
    // What stands in the place of answers opens nothing that needs a token.
    mkdirSync(at('page/v1/model'), { recursive: true });
    for (const path of ['page/v1/model/file', 'page/metrics', 'page/v1/other']) writeFileSync(at(path), 'x');
    const args = ['--host', '0.0.0.0', '--token-file', 'token', '--page', 'page'];
    const guarded = await startOne(...args);
    const get = (path: string, authorization?: string): Promise<Response> =>
      fetch(`http://127.0.0.1:${guarded.port}${path}`, authorization ? { headers: { authorization } } : {});
    try {
      expect(await (await get('/')).text()).toContain('A page');
      const asset = await get('/assets/x-1.mjs');
      expect(asset.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
      expect(asset.headers.get('cache-control')).toContain('immutable');
      expect((await get('/healthz')).status).toBe(200);
      const refused = await get('/v1/model');
      expect(refused.headers.get('www-authenticate')).toBe('Bearer');
      await expectProblem(refused, 401, 'a token is needed');
      await expectProblem(await get('/v1/nothing', 'Bearer wrong'), 401, 'the token is wrong');
      for (const path of ['/metrics', '/v1/model/file', '/v1/other'])
        expect((await get(path)).status).toBe(401);
      expect((await get('/v1/model', `Bearer ${token}`)).status).toBe(200);
      const document = await (await get('/openapi.json')).json();
      expect(await new Validator().validate(document as never)).toMatchObject({ valid: true });
    } finally {
      expect(await guarded.stop()).toBe(0);
    }
  });

  const slow = 'im_size=512&outputs=';

  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s: finishes requests in progress, then exits with 0',
    async (signal) => {
      const own = await startOne('--timeout', '600', '--stop-timeout', '600');
      const begun = Array.from({ length: 3 }, () =>
        fetch(`${own.address}/v1/explain?${slow}`, {
          method: 'POST',
          body: readFileSync(star),
          headers: jpeg,
        }),
      );
      const inWork = async (): Promise<boolean> =>
        (await (await fetch(`${own.address}/metrics`)).text()).includes('hrm_requests_in_work 3');
      while (!(await inWork())) await new Promise((resolve) => setTimeout(resolve, 10));
      const ended = own.stop(signal);
      expect((await Promise.all(begun)).map(({ status }) => status)).toEqual([200, 200, 200]);
      expect(await ended).toBe(0);
      expect(own.lines.at(-1)).toBe('stopping when the running requests are finished');
      expect(own.errors).toEqual([]);
      await expect(fetch(own.address)).rejects.toThrow();
    },
  );

  test('cuts off requests that exceed the time limit, and the exit code shows it', async () => {
    const own = await startOne('--stop-timeout', '0', '--max-im-size', '1024');
    const begun = fetch(`${own.address}/v1/explain?im_size=1024`, {
      method: 'POST',
      body: readFileSync(star),
      headers: jpeg,
    });
    const cut = expect(begun).rejects.toThrow();
    const inWork = async (): Promise<boolean> =>
      (await (await fetch(`${own.address}/metrics`)).text()).includes('hrm_requests_in_work 1');
    while (!(await inWork())) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await own.stop()).toBe(1);
    await cut;
    expect(own.errors).toEqual(['error: requests were not finished within 0 s']);
  });

  test('too large: refused', async () => {
    const own = await startOne(...'--max-body 0.05 --max-pixels 0.1 --store 0.001'.split(' '));
    const send = (query: string, body: BodyInit = readFileSync(star), headers: HeadersInit = jpeg) =>
      fetch(`${own.address}/v1/explain?${query}`, { method: 'POST', body, headers });
    try {
      await expectProblem(await send('deliver=link'), 422, 'more bytes than can be stored');
      await expectProblem(await send('', new Uint8Array(50_001)), 413, 'a body has at most 50000 bytes');
      const wide = await sharp({ create: { width: 400, height: 300, channels: 3, background: 'red' } })
        .jpeg()
        .toBuffer();
      await expectProblem(
        await send('', wide),
        413,
        'a picture of 400 x 300 pixels is larger than the limit of 100000 pixels',
      );
    } finally {
      expect(await own.stop()).toBe(0);
    }
  });
});
