/** Everybody the chat remembers: a wall of cards, and one card opened. */

import { ask, concept, concepts } from "../api.js";
import { byId, el, fold, icon, iconButton } from "../dom.js";
import { lay, lift } from "../layers.js";
import { t } from "../strings.js";
import { CardView, cardButton, face } from "./cards.js";
import { known } from "./names.js";
import { Notice } from "./notice.js";

const MANY = 8;
const FACES = 3;

export class Gallery {
  /**
   * @param {import("../panels.js").Panel} panel
   * @param {{name: () => string, add: () => void, more: (name: string) => void, changed: (cards: any[]) => void,
   *          undoSeconds: number}} actions
   *   `name` is what the visitor is called, `changed` hears of other cards
   */
  constructor(panel, actions) {
    Object.assign(this, { panel, actions, cards: [], shown: null, filter: "", turn: 0 });
    this.root = byId("gallery");
    this.content = el("div", { class: "content" });
    this.notice = new Notice(actions.undoSeconds, (value) => this.press(value));
    this.root.replaceChildren(this.content, this.notice.element);
    this.back = () => this.close();
  }

  /** @returns {string[]} the names, for suggestions */
  get names() {
    return this.cards.map((card) => card.title);
  }

  /** Show another chat's memory. */
  async follow(chat) {
    Object.assign(this, { chat, cards: [], filter: "" });
    this.notice.hide();
    this.show(null);
    this.render();
    await this.refresh();
  }

  /** Ask again; the answer to an older question never replaces that to a newer one. */
  async refresh() {
    const turn = ++this.turn;
    try {
      const { cards } = await concepts(this.chat);
      if (turn !== this.turn) return;
      this.cards = known.cards = cards;
      this.trouble = "";
      this.actions.changed(cards);
    } catch (problem) {
      if (turn !== this.turn) return;
      this.trouble = problem.message;
    }
    await Promise.all([this.followShown(), this.render()]);
  }

  /** The opened card follows what is known of it, also under another name; one that is gone closes, unless it is written in. */
  async followShown() {
    const { shown } = this;
    if (!shown || this.trouble) return;
    const id = shown.card.concept;
    const card = this.cards.find((one) => (id ? one.concept === id : one.title === shown.name));
    if (card) await shown.update(card);
    else if (shown.isBeingEdited) shown.complain(t("card.gone", { name: shown.name }));
    else this.close();
  }

  /** What /show tells of a name. */
  ask(name) {
    return concept(this.chat, name);
  }

  /** Open the panel at one card. */
  async open(name) {
    if (!this.panel.isOpen) this.panel.open();
    const card = this.cards.find((one) => one.title === name) ?? { title: name, category: "", info: "", facts: [], image: null };
    this.notice.hide();
    this.show(new CardView(card, this));
    this.render();
    this.content.querySelector("button").focus();
    await this.shown.load();
  }

  /** Back to the wall. */
  close() {
    const name = this.shown?.name;
    const had = this.content.contains(document.activeElement);
    this.show(null);
    this.render();
    const cards = [...this.content.querySelectorAll(".card")];
    if (had) (cards.find((card) => card.dataset.name === name) ?? cards[0])?.focus();
  }

  show(view) {
    this.shown = view;
    if (view) lay(this.back);
    else lift(this.back);
  }

  /** Send a command, and show what it answers, with its buttons: this is where Undo is. */
  async tell(command, pressed = false) {
    let reply;
    try {
      reply = await ask(this.chat, command, this.actions.name(), pressed);
    } catch (problem) {
      reply = { text: problem.message, buttons: [], failed: true };
    }
    this.notice.show(reply, command);
    return reply;
  }

  async press(value) {
    for (const one of [value].flat()) await this.tell(one, true);
    await this.refresh();
  }

  render() {
    this.renderOpener();
    if (this.shown) {
      if (this.shown.element.parentNode !== this.content) this.content.replaceChildren(this.shown.element);
      return;
    }
    const scroll = this.root.scrollTop;
    const focused = this.content.contains(document.activeElement) ? labelOf(document.activeElement) : null;
    this.content.replaceChildren(...this.wall());
    this.root.scrollTop = scroll;
    if (focused)
      [...this.content.querySelectorAll("button, input")].find((one) => labelOf(one) === focused)?.focus();
  }

  renderOpener() {
    const faces = this.cards
      .filter((card) => card.image)
      .slice(-FACES)
      .map(face);
    const count = this.cards.length;
    byId("open-gallery").replaceChildren(
      ...(faces.length ? faces : [icon("people")]),
      el("span", { text: count ? String(count) : "" }),
    );
    byId("open-gallery").setAttribute(
      "aria-label",
      count ? t("gallery.opener", { count }) : t("gallery.opener_empty"),
    );
  }

  wall() {
    const count = el("span", { class: "count", text: this.cards.length || "" });
    const title = el("h2", { class: "display", text: t("gallery.title") });
    const head = el("header", { class: "panel-head" }, title, count, this.closer());
    if (this.trouble) return [head, this.troubleView()];
    if (!this.cards.length) return [head, this.nobody()];
    if (this.cards.length > MANY) return [head, ...this.searchable(count)];
    return [head, el("ul", { class: "wall" }, ...this.tiles(this.cards))];
  }

  tiles(cards) {
    const tiles = cards.map((card) => {
      const button = cardButton(card, () => this.open(card.title));
      button.dataset.name = card.title;
      return el("li", {}, button);
    });
    const add = el(
      "button",
      { type: "button", class: "card add", on: { click: this.actions.add } },
      icon("plus"),
      el("strong", { text: t("gallery.add") }),
    );
    return [...tiles, el("li", {}, add)];
  }

  /** A field, and those who fit what is written there; `count` tells how many of all that are. */
  searchable(count) {
    const list = el("ul", { class: "wall" });
    const none = el("p", { class: "none", role: "status" });
    const field = el("input", {
      type: "search",
      class: "field",
      placeholder: t("gallery.find"),
      "aria-label": t("gallery.find_name"),
      value: this.filter,
      dir: "auto",
    });
    const find = () => {
      this.filter = field.value;
      const text = field.value.trim();
      const fits = (card) => fold(`${card.title} ${card.text}`).includes(fold(text));
      const found = this.cards.filter(fits);
      count.textContent = text ? `${found.length} / ${this.cards.length}` : String(this.cards.length);
      none.textContent = found.length ? "" : t("gallery.none", { text });
      list.replaceChildren(...this.tiles(found));
    };
    field.addEventListener("input", find);
    find();
    return [field, none, list];
  }

  nobody() {
    return el(
      "div",
      { class: "nobody" },
      el("p", { text: t("gallery.nobody") }),
      el(
        "button",
        { type: "button", class: "button", on: { click: this.actions.add } },
        icon("plus"),
        t("gallery.add"),
      ),
    );
  }

  troubleView() {
    const again = el("button", {
      type: "button",
      class: "link",
      text: t("page.try_again"),
      on: { click: () => this.refresh() },
    });
    return el("p", { class: "problem", role: "alert" }, `${this.trouble} `, again);
  }

  closer() {
    const button = iconButton("close", t("gallery.close"), () => {});
    button.dataset.closePanel = "";
    return button;
  }
}

/** What tells a control from its neighbours when it is drawn again. */
function labelOf(element) {
  return element.ariaLabel ?? element.dataset.name ?? element.textContent;
}
