/** Photos as they are sent: read when they are picked, since a file may change or go, and large ones made smaller. */

import { Problem } from "../api.js";
import { randomId, scriptUrl } from "../dom.js";
import { t } from "../strings.js";

const MOST_PIXELS = 2048 * 1536; // twice as wide and high as what Rapport keeps of a photo
const QUICK = 500_000; // bytes that are sent sooner than they are made smaller
const PATIENCE = 30_000; // milliseconds after which a photo goes as it is

/** The bytes of a file. Rejects with a Problem when it has changed or gone since it was picked. */
export async function bytesOf(file, name = file.name || "photo") {
  try {
    return await file.arrayBuffer();
  } catch {
    throw new Problem(t("tray.unreadable", { name }));
  }
}

/**
 * The file to send in place of the one that was picked.
 * @param {File} file
 * @param {number} most bytes that the server takes
 * @returns {Promise<File>} rejects with a Problem when it can't be read, or is too large
 */
export async function prepared(file, most) {
  const name = file.name || "photo";
  const read = new File([await bytesOf(file)], name, { type: file.type });
  const small = read.size > QUICK ? await smaller(read) : null;
  const sent =
    small && small.size < read.size
      ? new File([small], `${name.replace(/\.\w+$/, "")}.jpg`, { type: small.type })
      : read;
  if (sent.size > most) throw new Problem(tooLarge(name, sent.size, most));
  return sent;
}

/** The sentence for a file that the server would not take. */
export const tooLarge = (name, size, most) =>
  t("tray.too_large", { name, size: Math.ceil(size / 1e5) / 10, most: most / 1e6 });

let worker = null;
const asked = new Map(); // who waits for the worker's answer, by its number

/** A JPEG of fewer pixels, null when there are few enough or this browser can't open it. @returns {Promise<Blob|null>} */
function smaller(photo) {
  if (!globalThis.OffscreenCanvas) return Promise.resolve(null);
  worker ??= started();
  const id = randomId();
  return new Promise((resolve) => {
    asked.set(id, resolve);
    setTimeout(() => answer(id, null), PATIENCE);
    worker.postMessage({ id, photo, most: MOST_PIXELS });
  });
}

function answer(id, small) {
  asked.get(id)?.(small);
  asked.delete(id);
}

function started() {
  const made = new Worker(scriptUrl("/static/js/compose/shrinking.js"));
  made.onmessage = ({ data }) => answer(data.id, data.small);
  made.onerror = () => {
    for (const id of asked.keys()) answer(id, null);
  };
  return made;
}
