/** Places in a picture: those that a reply speaks of, to be pressed, and one that a person marks. */

import { el } from "../dom.js";
import { t } from "../strings.js";
import { chooseName } from "../memory/names.js";

const STEP = 0.02; // of the picture's width or height, by each press of an arrow key
const LEAST = 0.02;

/**
 * The places in one picture, and what can be said of them. Boxes are left, top, right, bottom in shares of it.
 * @typedef {{shown: string, photo: number, pixels: [number, number]|null,
 *            drawn?: boolean, regions: {box: number[], label: string, value: string, name: string|null, choices: any[]}[],
 *            press: (command: string, label: string) => void, open: (name: string) => void}} Marks
 */

/**
 * What a reply says of one of the photos it is about; null where nothing can be said of it.
 * @param {any} reply
 * @param {number} photo
 * @param {[number, number]|null} pixels the photo's size, where the reply doesn't tell
 * @param {{press: (entry: any, button: any) => void, open: (name: string) => void}} actions
 * @returns {Marks|null}
 */
export function marksOf(reply, photo, pixels, actions) {
  if (!reply?.final || !reply.shown) return null;
  const here = reply.regions.filter((region) => region.photo === photo);
  return {
    shown: reply.shown,
    photo,
    pixels: here[0]?.pixels ?? pixels,
    regions: here.map((region) => ({ ...region, ...knownOf(region, reply) })),
    press: (value, label) => actions.press(reply, { value, label }),
    open: actions.open,
  };
}

/** Whom a region was taken for, and which of the reply's buttons are about it. */
function knownOf({ box, pixels, photo }, reply) {
  const same = (sighting) =>
    sighting.box.every((edge, at) => Math.abs(edge - box[at] * pixels[at % 2]) <= 1) && sighting.name;
  const name = reply.sightings.find(same)?.name ?? null;
  const isAbout = ({ value, label }) =>
    name && value.startsWith("/confirm ") && value.split(" ")[3] === String(photo) && label.includes(name);
  return { name, choices: reply.buttons.filter((button) => isAbout(button) && !isAnswered(reply, button)) };
}

/** What a button answers: of "yes" and "no" the same. */
export const questionOf = (value) => {
  const [command, ...rest] = value.split(" ");
  if (command === "/confirm") return `/confirm ${rest.slice(1).join(" ")}`;
  if (command === "/point") return value.split(" | ")[0];
  return command;
};

/** Whether that was answered already, by this button or another. */
export const isAnswered = (reply, button) =>
  reply.taken.some((value) => questionOf(value) === questionOf(button.value));

/** A button over each region. */
export const regionButtons = (marks) => marks.regions.map((region) => regionButton(region, marks));

function regionButton(region, marks) {
  const label = region.label || t("mark.place");
  const button = el(
    "button",
    { type: "button", class: "region", "aria-label": t("mark.region", { label }), on: { click: () => askWho(region, marks) } },
    el("span", { dir: "auto", text: label }),
  );
  place(button, region.box);
  return button;
}

function place(element, [left, top, right, bottom]) {
  const share = (value) => `${value * 100}%`;
  Object.assign(element.style, {
    left: share(left),
    top: share(top),
    width: share(right - left),
    height: share(bottom - top),
  });
}

/** The small menu of a region: what the bot asked of it, its card, and who it is. */
async function askWho({ label, name, value, choices }, marks) {
  const ways = choices.map((button) => ({ label: button.label, choose: () => marks.press(button.value, button.label) }));
  if (name) ways.push({ label: t("reply.open_card", { name }), choose: () => marks.open(name) });
  const title = name ? label : t("mark.who");
  const chosen = await chooseName({ title, note: name ? "" : label, ways, except: name });
  if (chosen) marks.press(`${value} | ${chosen}`, t("mark.is", { name: chosen }));
}

/** A rectangle that is drawn by mouse or finger, or moved by the arrow keys (with Shift: made larger or smaller). */
export class Marking {
  /**
   * @param {Marks} marks
   * @param {() => [number, number]} measure the size of the picture as it is shown, where nothing else is known
   * @param {() => void} done
   */
  constructor(marks, measure, done) {
    Object.assign(this, { marks, measure, done, box: [0.35, 0.35, 0.65, 0.65], from: null });
    this.frame = el("span", { class: "region drawn" });
    this.element = el(
      "div",
      { class: "marking", role: "application", tabindex: "0", "aria-label": t("mark.how") },
      this.frame,
    );
    place(this.frame, this.box);
    const { element } = this;
    element.addEventListener("pointerdown", (event) => this.begin(event));
    element.addEventListener("pointermove", (event) => this.from && this.draw(event));
    element.addEventListener("pointerup", (event) => this.end(event));
    element.addEventListener("keydown", (event) => this.key(event));
  }

  at(event) {
    const { left, top, width, height } = this.element.getBoundingClientRect();
    const within = (value) => Math.min(1, Math.max(0, value));
    return [within((event.clientX - left) / width), within((event.clientY - top) / height)];
  }

  begin(event) {
    event.preventDefault();
    event.stopPropagation();
    this.element.setPointerCapture(event.pointerId);
    this.from = this.at(event);
  }

  draw(event) {
    const [x, y] = this.at(event);
    const [fromX, fromY] = this.from;
    this.box = [Math.min(x, fromX), Math.min(y, fromY), Math.max(x, fromX), Math.max(y, fromY)];
    place(this.frame, this.box);
  }

  end(event) {
    if (!this.from) return;
    event.stopPropagation();
    this.draw(event);
    this.from = null;
    const [left, top, right, bottom] = this.box;
    if (right - left >= LEAST && bottom - top >= LEAST) this.name();
  }

  key(event) {
    const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (event.key === "Enter") this.name();
    else if (!x && !y) return;
    event.preventDefault();
    event.stopPropagation();
    this.move(x * STEP, y * STEP, event.shiftKey);
  }

  move(x, y, grows) {
    const [left, top, right, bottom] = this.box;
    const moved = grows ? [left, top, right + x, bottom + y] : [left + x, top + y, right + x, bottom + y];
    const isInside = moved[0] >= 0 && moved[1] >= 0 && moved[2] <= 1 && moved[3] <= 1;
    if (!isInside || moved[2] - moved[0] < LEAST || moved[3] - moved[1] < LEAST) return;
    this.box = moved;
    place(this.frame, moved);
  }

  async name() {
    const { marks, box } = this;
    const chosen = await chooseName({ title: t("mark.who") });
    if (!chosen) return;
    const size = marks.pixels ?? this.measure();
    const pixels = box.map((share, at) => Math.round(share * size[at % 2]));
    this.done();
    marks.press(`/point ${marks.shown} ${marks.photo} ${pixels.join(" ")} | ${chosen}`, t("mark.is", { name: chosen }));
  }
}
