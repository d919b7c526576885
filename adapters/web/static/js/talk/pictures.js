/** Pictures: in a message, under a reply, in a card. They take their place before they have come. */

import { el, icon, megabytes } from "../dom.js";
import { t } from "../strings.js";
import { regionButtons } from "./regions.js";
import { view } from "./viewer.js";

/**
 * What is shown large, by the frame that is pressed.
 * @type {WeakMap<Element, any>}
 */
const large = new WeakMap();

/**
 * A picture that opens large when pressed, with those around it. One that this browser can't show (HEIC, a broken
 * file) becomes a quiet tile with its name.
 * @param {{url: string, name: string, alt: string, caption?: string, pixels?: [number, number]|null,
 *          still?: boolean, marks?: import("./regions.js").Marks|null, tappable?: boolean}} picture
 *   `caption` and `marks` go with it when it is large; with `tappable` its regions can be pressed where it stands
 */
export function picture({ url, name, alt, caption = alt, pixels, still = false, marks = null, tappable = false }) {
  const image = el("img", { src: url, alt, loading: "lazy", decoding: "async" });
  const frame = still
    ? el("span", { class: "picture" }, image)
    : el("button", { type: "button", class: "picture", "aria-label": t("picture.enlarge", { name: alt }) }, image);
  if (!still) {
    large.set(frame, { url, alt, caption, marks });
    frame.addEventListener("click", () => enlarge(frame));
  }
  const whole = tappable && marks ? el("div", { class: "framed" }, frame, ...regionButtons(marks)) : frame;
  if (pixels) reserve(whole, pixels);
  image.addEventListener("error", () => {
    const gone = url.startsWith("/api/") && !/\.hei[cf]$/i.test(name);
    whole.replaceWith(tile(gone ? t("message.gone") : name));
  });
  return whole;
}

/** The place that it will take, so that nothing moves when it comes. */
function reserve(frame, [width, height]) {
  frame.classList.add("sized");
  frame.style.setProperty("--w", String(width));
  frame.style.setProperty("--h", String(height));
}

/** A file that has no picture: its name, and its size if known. */
export function tile(name, size) {
  const label = el("span", { class: "tile-name", dir: "auto", text: name });
  return el(
    "span",
    { class: "tile", title: name },
    icon("file"),
    label,
    size !== undefined && el("small", { text: megabytes(size) }),
  );
}

/** A link that saves a file. */
export function download({ url, name, size }) {
  const label = el("span", { dir: "auto", text: name });
  return el(
    "a",
    { class: "button download", href: url, download: name },
    icon("download"),
    label,
    el("small", { text: megabytes(size) }),
  );
}

function enlarge(frame) {
  const around = frame.closest("#log, .card-view")?.querySelectorAll("button.picture") ?? [frame];
  const frames = [...around].filter((one) => large.has(one));
  view(
    frames.map((one) => large.get(one)),
    frames.indexOf(frame),
  );
}

/** Open a picture large, ready to mark a place in it. */
export const markIn = (frame) => view([large.get(frame.querySelector("button.picture") ?? frame)], 0, true);
