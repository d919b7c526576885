/** The empty chat: whom it knows, and how to begin in one sentence. */

import { byId, el } from "../dom.js";
import { t } from "../strings.js";
import { face } from "./cards.js";

const MOST = 12;

/** @param {any[]} cards @param {(name: string) => void} open */
export function renderHome(cards, open) {
  const none = cards.length === 0;
  byId("empty-title").textContent = none ? t("home.title") : t("home.known");
  byId("empty").classList.toggle("knows", !none);
  byId("home-begin").hidden = byId("home-note").hidden = !none;
  byId("home-look").hidden = none;
  byId("home-known").hidden = none;
  byId("home-known").replaceChildren(...cards.slice(-MOST).map((card) => el("li", {}, faceButton(card, open))));
}

function faceButton(card, open) {
  const click = () => open(card.title);
  return el("button", { type: "button", class: "known", on: { click } }, face(card), el("bdi", { text: card.title }));
}
