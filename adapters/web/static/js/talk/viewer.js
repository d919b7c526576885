/** One picture over everything else, with the ones before and after it, and the places in it to press or to mark. */

import { byId, el } from "../dom.js";
import { showDialog } from "../layers.js";
import { t } from "../strings.js";
import { Marking, regionButtons } from "./regions.js";

const SWIPE = 48; // pixels

/** What is on show. @type {{pictures: any[], at: number, marking: Marking|null, from: {x: number, y: number}|null}} */
const on = { pictures: [], at: 0, marking: null, from: null };
const part = (selector) => byId("viewer").querySelector(selector);

/** Show one of the pictures; `mark` begins to mark a place in it. */
export function view(pictures, at, mark = false) {
  Object.assign(on, { pictures, at });
  show();
  showDialog(byId("viewer"));
  part(".close").focus();
  if (mark) startMarking();
}

/** Show no picture large any more. */
export const closeViewer = () => byId("viewer").close();

/** Let the viewer be used by button, key and finger. */
export function setUpViewer() {
  const viewer = byId("viewer");
  part(".close").addEventListener("click", () => viewer.close());
  part(".before").addEventListener("click", () => step(-1));
  part(".after").addEventListener("click", () => step(1));
  part(".mark").addEventListener("click", () => (on.marking ? stopMarking() : startMarking()));
  part("img").addEventListener("click", () => on.marking || part(".stage").classList.toggle("zoomed"));
  part(".stage").addEventListener("click", (event) => event.target === event.currentTarget && viewer.close());
  viewer.addEventListener("keydown", key);
  viewer.addEventListener("pointerdown", (event) => (on.from = { x: event.clientX, y: event.clientY }));
  viewer.addEventListener("pointerup", swiped);
  viewer.addEventListener("cancel", (event) => {
    if (!on.marking) return;
    event.preventDefault(); // Escape ends the marking first
    stopMarking();
  });
  viewer.addEventListener("close", () => {
    stopMarking();
    part("img").removeAttribute("src");
    part("img").alt = part(".caption").textContent = "";
    part(".places").replaceChildren();
    on.pictures = [];
  });
}

function show() {
  const { url, alt, caption, marks } = on.pictures[on.at];
  stopMarking();
  const image = part("img");
  if (image.getAttribute("src") !== url) image.src = url;
  image.alt = alt;
  part(".stage").classList.remove("zoomed");
  part(".caption").textContent = caption;
  part(".before").hidden = on.at === 0;
  part(".after").hidden = on.at === on.pictures.length - 1;
  part(".mark").hidden = !marks?.shown;
  part(".places").classList.toggle("drawn", Boolean(marks?.drawn));
  part(".places").replaceChildren(...(marks ? regionButtons(marks) : []));
}

function step(by) {
  const next = on.at + by;
  if (!on.pictures[next]) return;
  on.at = next;
  show();
}

function key(event) {
  if (on.marking || event.defaultPrevented) return;
  if (event.key === "ArrowLeft") step(-1);
  else if (event.key === "ArrowRight") step(1);
  else return;
  event.preventDefault();
}

function swiped(event) {
  const { from } = on;
  on.from = null;
  if (!from || on.marking || event.pointerType === "mouse" || part(".stage").classList.contains("zoomed")) return;
  const x = event.clientX - from.x;
  if (Math.abs(x) > SWIPE && Math.abs(x) > 2 * Math.abs(event.clientY - from.y)) step(x < 0 ? 1 : -1);
}

function startMarking() {
  const { marks } = on.pictures[on.at];
  part(".stage").classList.remove("zoomed");
  const image = part("img");
  on.marking = new Marking(marks, () => [image.naturalWidth, image.naturalHeight], stopMarking);
  part(".places").replaceChildren(on.marking.element);
  part(".mark").setAttribute("aria-pressed", "true");
  part(".caption").replaceChildren(el("span", { text: t("mark.how") }));
  on.marking.element.focus();
}

function stopMarking() {
  if (!on.marking) return;
  on.marking = null;
  part(".mark").setAttribute("aria-pressed", "false");
  if (on.pictures.length) show();
}
