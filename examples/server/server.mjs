// A server of one's own: node server.mjs
//   curl --data-binary @photo.jpg http://127.0.0.1:3000/explain
//   curl --data-binary @photo.jpg 'http://127.0.0.1:3000/overlay?class=tabby' --output overlay.png
import { fileURLToPath } from 'node:url';
import { serve } from '@hono/node-server';
import { overlay } from 'high-res-mapping';
import { encodePng, explain, fullSize, loadModel } from 'high-res-mapping/node';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';

const model = await loadModel(fileURLToPath(import.meta.resolve('high-res-mapping/models/imagenet.onnx')));
const app = new Hono();
app.use(bodyLimit({ maxSize: 20_000_000 }));

async function explained(c) {
  const photo = await c.req.arrayBuffer();
  const explanation = await explain(model, photo, { class: c.req.query('class') });
  return { explanation, full: await fullSize(photo, explanation, 4_000_000) };
}

app.post('/explain', async (c) => {
  const { explanation, full } = await explained(c);
  const { name, probability } = explanation.explained;
  return c.json({ name, probability, box: full.box, predictions: explanation.predictions.slice(0, 5) });
});

app.post('/overlay', async (c) => {
  const { full } = await explained(c);
  return c.body(await encodePng(overlay(full.picture, full.levels)), 200, { 'Content-Type': 'image/png' });
});

// No picture, no such class: the message says which.
app.onError((error, c) => c.json({ error: error.message }, 422));

const port = Number(process.env.PORT ?? 3000);
serve({ fetch: app.fetch, hostname: '127.0.0.1', port }, (at) => console.log(`http://127.0.0.1:${at.port}`));
