/** Everybody the chat remembers: a wall of cards, and one card opened. */

import { concept, concepts } from "../api.js";
import { CardView, cardButton, face } from "./cards.js";
import { byId, el, fold, icon, iconButton } from "../dom.js";
import { t } from "../strings.js";

const MANY = 8;
const FACES = 3;

export class Gallery {
  /**
   * @param {import("../panels.js").Panel} panel
   * @param {{tell: (command: string, pressed?: any) => Promise<any>, add: () => void,
   *          more: (name: string) => void, changed: () => void}} actions
   *   `tell` sends a command and gives its reply; `changed` hears of other names
   */
  constructor(panel, actions) {
    Object.assign(this, { panel, actions, cards: [], shown: null, filter: "", notice: null, turn: 0 });
    this.root = byId("gallery");
  }

  /** @returns {string[]} the names, for suggestions */
  get names() {
    return this.cards.map((card) => card.title);
  }

  /** Show another chat's memory. */
  async follow(chat) {
    Object.assign(this, { chat, cards: [], shown: null, filter: "", notice: null });
    this.render();
    await this.refresh();
  }

  /** Ask again; the answer to an older question never replaces that to a newer one. */
  async refresh() {
    const turn = ++this.turn;
    try {
      const { cards } = await concepts(this.chat);
      if (turn !== this.turn) return;
      const before = this.names.join("\n");
      this.cards = cards;
      this.trouble = "";
      if (this.names.join("\n") !== before) this.actions.changed();
    } catch (problem) {
      if (turn !== this.turn) return;
      this.trouble = problem.message;
    }
    if (this.shown && !this.cards.some((card) => card.title === this.shown.name)) this.shown = null;
    if (!this.shown?.isBeingEdited) this.render();
  }

  /** Open the panel at one card. */
  async open(name, { keepNotice = false } = {}) {
    if (!this.panel.isOpen) this.panel.open();
    const card = this.cards.find((one) => one.title === name) ?? { title: name, category: "", info: "", image: null };
    this.shown = new CardView(card, this);
    if (!keepNotice) this.notice = null;
    this.render();
    this.root.querySelector("button").focus();
    await this.shown.load(() => concept(this.chat, name));
  }

  /** An entry has lost words: what it said is not shown here either. */
  letGo(entry) {
    if (this.notice?.id !== entry.id) return;
    this.notice = entry;
    this.render();
  }

  /** Back to the wall. */
  close() {
    const name = this.shown?.name;
    this.shown = null;
    this.render();
    const cards = [...this.root.querySelectorAll(".card")];
    (cards.find((card) => card.dataset.name === name) ?? cards[0])?.focus();
  }

  /** Send a command, and show what it answers, with its buttons: this is where Undo is. */
  async tell(command, pressed) {
    const reply = await this.actions.tell(command, pressed);
    this.notice = reply;
    return reply;
  }

  render() {
    this.renderOpener();
    const scroll = this.root.scrollTop;
    const focused = this.root.contains(document.activeElement) ? labelOf(document.activeElement) : null;
    this.root.replaceChildren(...(this.shown ? this.shown.view() : this.wall()));
    if (this.notice) this.root.append(this.noticeView(this.notice));
    this.root.scrollTop = scroll;
    if (focused)
      [...this.root.querySelectorAll("button, input, textarea")]
        .find((one) => labelOf(one) === focused)
        ?.focus();
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
    const head = el(
      "header",
      { class: "panel-head" },
      el("h2", { class: "display", text: t("gallery.title") }),
      el("span", { class: "count", text: this.cards.length || "" }),
      this.closer(),
    );
    if (this.trouble) return [head, this.troubleView()];
    if (!this.cards.length) return [head, this.nobody()];
    const list = el("ul", { class: "wall" }, ...this.tiles());
    return this.cards.length > MANY ? [head, this.search(list), list] : [head, list];
  }

  tiles() {
    const fits = (card) => fold(`${card.title} ${card.text}`).includes(fold(this.filter));
    const cards = this.cards.filter(fits).map((card) => {
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
    return [...cards, el("li", {}, add)];
  }

  search(list) {
    const field = el("input", {
      type: "search",
      class: "field",
      placeholder: t("gallery.find"),
      "aria-label": t("gallery.find_name"),
      value: this.filter,
      dir: "auto",
    });
    field.addEventListener("input", () => {
      this.filter = field.value;
      list.replaceChildren(...this.tiles());
    });
    return field;
  }

  nobody() {
    return el(
      "div",
      { class: "nobody" },
      el("p", {
        text: t("gallery.nobody"),
      }),
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

  noticeView(reply) {
    const press = async (button, label, value) => {
      button.disabled = true;
      await this.tell(value, { pressed: true, label, replyTo: reply.id });
      await this.refresh();
      this.render();
    };
    const buttons = reply.buttons.map(({ label, value }) => {
      const button = el("button", { type: "button", class: "link", text: label });
      button.addEventListener("click", () => press(button, label, value));
      return button;
    });
    const dismiss = iconButton("close", t("gallery.dismiss"), () => {
      this.notice = null;
      this.render();
    });
    return el(
      "div",
      { class: "notice", role: "status" },
      el("p", { dir: "auto", text: reply.text }),
      ...buttons,
      dismiss,
    );
  }
}

/** What tells a control from its neighbours when it is drawn again. */
function labelOf(element) {
  return (
    element.ariaLabel ??
    element.dataset.name ??
    element.closest("label")?.firstChild.data ??
    element.textContent
  );
}
