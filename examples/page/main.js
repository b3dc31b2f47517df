import { FullModel, overlay } from 'high-res-mapping';
import { createSession, explain } from 'high-res-mapping/browser';
import address from 'high-res-mapping/models/imagenet.onnx?url';

const [input, answer, canvas] = ['input', '#answer', 'canvas'].map((name) => document.querySelector(name));
const loading = fetch(address)
  .then((response) => response.arrayBuffer())
  .then((bytes) => FullModel.load(new Uint8Array(bytes), createSession));

input.addEventListener('change', async () => {
  answer.textContent = 'One moment ...';
  try {
    const { explained, picture, refinement } = await explain(await loading, input.files[0]);
    draw(overlay(picture, refinement.merged));
    answer.textContent = `${explained.name}, ${(100 * explained.probability).toFixed(1)} %`;
  } catch (error) {
    answer.textContent = error.message;
  }
});

/** A picture, uint8 [height, width, 3]. */
function draw({ shape: [height, width], data }) {
  const pixels = new ImageData(width, height);
  pixels.data.fill(255);
  for (let i = 0; i < width * height; i++) pixels.data.set(data.subarray(3 * i, 3 * i + 3), 4 * i);
  [canvas.width, canvas.height] = [width, height];
  canvas.getContext('2d').putImageData(pixels, 0, 0);
}
