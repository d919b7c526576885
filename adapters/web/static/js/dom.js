/** Building elements, and comparing texts. Text only ever goes in as text: nothing here can make markup out of what people wrote. */

const SVG = "http://www.w3.org/2000/svg";

/** The element of an id that the page is known to have. @returns {any} */
export const byId = (id) => document.getElementById(id);

/**
 * Make an element. `on` holds listeners, `text` is its text, true/false/null attributes are set or left out.
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...(Node|string|null|undefined|false)} children
 */
export function el(tag, { on = {}, text, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  for (const [event, listener] of Object.entries(on)) element.addEventListener(event, listener);
  if (text !== undefined) element.textContent = text;
  element.append(...children.filter((child) => child != null && child !== false));
  return element;
}

/** The form in which names are compared: without case, invisible characters and typographic twins (core/names.py). */
export const fold = (text) =>
  text
    .replace(/[`´‘’‚‛′ʹʻʼ]/gu, "'")
    .normalize("NFKC")
    .replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/gu, "")
    .replace(/[“”„‟″«»]/gu, '"')
    .replace(/[‐‑‒–—―−]/gu, "-")
    .toLocaleLowerCase()
    .replace(/\s+/gu, " ");

/** An icon of the sprite in index.html; it is decoration, its button carries the label. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** A button that shows an icon only. */
export const iconButton = (name, label, click) =>
  el(
    "button",
    { type: "button", class: "icon-button small", "aria-label": label, title: label, on: { click } },
    icon(name),
  );

/** Words that people wrote: kept as they are, in their own direction. */
export const words = (tag, text, className) => el(tag, { dir: "auto", class: className, text });

/** A random id; crypto.randomUUID is missing where the page comes over plain http from another machine. */
export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A script's address, as a worker wants it: browsers take nothing else where markup is guarded (Trusted Types). */
export function scriptUrl(path) {
  const policy = globalThis.trustedTypes?.createPolicy("rapport", { createScriptURL: () => path });
  return policy?.createScriptURL("") ?? path;
}

/** Have it read out by a screen reader when there is a pause. */
export function announce(text) {
  byId("announcer").textContent = text;
}

/** "2.4 MB" */
export function megabytes(bytes) {
  return bytes < 1e5 ? `${Math.max(1, Math.round(bytes / 1e3))} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
