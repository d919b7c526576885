/** Concepts in small. */

import { el, icon, words } from "./dom.js";
import { picture } from "./pictures.js";

const COUNT = /^\d+ photos?$/;

/**
 * The parts of a card's line, "dog · 3 photos · a Shiba Inu who loves snow"; all of it is `info` where it
 * doesn't look like that.
 * @returns {{category: string, count: string, info: string}}
 */
export function readLine(text) {
  const parts = text.split(" · ");
  const at = parts.findIndex((part) => COUNT.test(part));
  if (at < 0 || at > 1) return { category: "", count: "", info: text };
  return { category: parts.slice(0, at).join(""), count: parts[at], info: parts.slice(at + 1).join(" · ") };
}

/** Its picture, or a sign where it has none. */
export function face(card) {
  if (!card.image) return el("span", { class: "picture none" }, icon("people"));
  return picture({ url: card.image, name: card.title, alt: "", large: false });
}

/** A card to press: picture, name, what and how many photos, and what was told. */
export function cardButton(card, click) {
  const { category, count, info } = readLine(card.text);
  const line = [category, count].filter(Boolean).join(" · ");
  return el(
    "button",
    { type: "button", class: "card", on: { click } },
    face(card),
    words("strong", card.title),
    line && words("small", line),
    info && words("span", info, "about"),
  );
}
