/** A dialog that asks for a name: one of those that the chat knows, by their faces, or one that is written. */

import { byId, el, fold, words } from "../dom.js";
import { showDialog } from "../layers.js";
import { t } from "../strings.js";
import { face } from "./cards.js";

const MANY = 12;

/** Whom the chat knows; the gallery keeps it. @type {{cards: any[]}} */
export const known = { cards: [] };

/**
 * @param {{title: string, ways?: {label: string, choose: () => void}[], except?: string|null, onlyKnown?: boolean,
 *          note?: string}} question
 *   `ways` are other answers than a name, each a button; with `onlyKnown` a name that is written must be known
 * @returns {Promise<string>} the name; empty when none was chosen
 */
export function chooseName({ title, ways = [], except = null, onlyKnown = false, note = "" }) {
  const dialog = byId("names");
  const field = el("input", { class: "field", id: "names-field", maxlength: "64", dir: "auto", autocomplete: "off" });
  const list = el("ul", { class: "choose" });
  return new Promise((resolve) => {
    let chosen = "";
    const choose = (name) => {
      chosen = name;
      dialog.close();
    };
    const others = known.cards.filter((card) => card.title !== except);
    const show = () => {
      const part = fold(field.value.trim());
      const fitting = others.filter((card) => fold(card.title).includes(part)).slice(0, MANY);
      list.replaceChildren(...fitting.map((card) => el("li", {}, faceButton(card, choose))));
    };
    const form = el(
      "form",
      { class: "naming" },
      el("label", { class: "label", for: "names-field", text: onlyKnown ? t("names.known") : t("names.name") }),
      field,
      el("button", { class: "button primary", text: t("names.choose") }),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const written = field.value.trim();
      const same = others.find((card) => fold(card.title) === fold(written))?.title;
      if (same || (written && !onlyKnown)) choose(same ?? written);
    });
    field.addEventListener("input", show);
    dialog.replaceChildren(
      words("h2", title, "display"),
      note && el("p", { class: "note", text: note }),
      el("div", { class: "choices" }, ...ways.map((way) => wayButton(way, dialog))),
      list,
      form,
      el("button", { type: "button", class: "button quiet", text: t("names.cancel"), on: { click: () => dialog.close() } }),
    );
    show();
    dialog.addEventListener("close", () => resolve(chosen), { once: true });
    showDialog(dialog);
    if (!matchMedia("(pointer: coarse)").matches) field.focus(); // where there are no keys, they would cover the faces
  });
}

function wayButton({ label, choose }, dialog) {
  const click = () => {
    dialog.close();
    choose();
  };
  return el("button", { type: "button", class: "button", on: { click } }, el("bdi", { text: label }));
}

function faceButton(card, choose) {
  const click = () => choose(card.title);
  return el("button", { type: "button", class: "chip who", on: { click } }, face(card), el("bdi", { text: card.title }));
}
