/** The page of a server for which no web page was built. */
import { type StaticFile, staticFile } from './static-files.ts';

const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>high-res-mapping</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem; }
  code, pre { font: 14px/1.5 ui-monospace, monospace; background: #f3f3f3; border-radius: 4px; }
  code { padding: 0.1em 0.3em; } pre { padding: 0.8em 1em; overflow-x: auto; }
  dt { margin-top: 0.8em; } dd { margin-left: 1.5em; }
  @media (prefers-color-scheme: dark) { body { background: #181818; color: #ddd; } code, pre { background: #2a2a2a; } a { color: #8bf; } }
</style>
<h1>high-res-mapping</h1>
<p>This server says what an image classifier sees in a picture, and where.</p>
<pre>curl -H 'Content-Type: image/jpeg' --data-binary @picture.jpg \\
  'HERE/v1/explain?outputs=overlay'</pre>
<dl>
  <dt><code>POST /v1/explain</code></dt><dd>predictions, and where the evidence for a class lies</dd>
  <dt><code>POST /v1/predict</code></dt><dd>the most probable classes</dd>
  <dt><a href="/v1/model"><code>GET /v1/model</code></a></dt><dd>the models that answer</dd>
  <dt><code>GET /v1/model/file</code></dt><dd>a model's file</dd>
  <dt><a href="/openapi.json"><code>GET /openapi.json</code></a></dt><dd>all parameters and answers</dd>
  <dt><a href="/healthz"><code>GET /healthz</code></a></dt><dd>whether the server answers</dd>
  <dt><a href="/metrics"><code>GET /metrics</code></a></dt><dd>figures for Prometheus</dd>
</dl>
</html>
`;

/** @param address of the server, such as `http://127.0.0.1:8080` */
export function welcomePage(address: string): StaticFile {
  return staticFile('index.html', new TextEncoder().encode(html.replace('HERE', address)));
}
