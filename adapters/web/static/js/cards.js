/** Concepts in small. */

import { el, icon, words } from "./dom.js";
import { picture } from "./pictures.js";

/** Its picture, or a sign where it has none. */
export function face(card) {
  if (!card.image) return el("span", { class: "picture none" }, icon("people"));
  return picture({ url: card.image, name: card.title, alt: "", large: false });
}

/** A card to press: picture, name, what and how many photos, and what was told; of a single photo its line. */
export function cardButton(card, click) {
  const isOfOnePhoto = card.photos === null;
  const line = isOfOnePhoto ? card.text : [card.category, counted(card.photos)].filter(Boolean).join(" · ");
  return el(
    "button",
    { type: "button", class: "card", on: { click } },
    face(card),
    words("strong", card.title),
    line && words("small", line),
    card.info && words("span", card.info, "about"),
  );
}

function counted(photos) {
  return photos === 1 ? "1 photo" : `${photos} photos`;
}
