/** The settings: the page's own language, and what the chat has chosen; each change is a /settings command. */

import { ask, settings } from "./api.js";
import { byId, el } from "./dom.js";
import { showDialog } from "./layers.js";
import { LANGUAGES, t } from "./strings.js";

const COOKIE = "rapport_language";
const YEAR = 31536000;
const FEW = 3;
const ASKS_ALL = /^\/settings training on /;

export class Settings {
  /**
   * @param {() => string} chat the chat on show
   * @param {() => string} name what the visitor is called
   * @param {(button: {label: string, value: string}) => void} say says a button's value in the conversation
   */
  constructor(chat, name, say) {
    Object.assign(this, { chat, name, say, turn: 0 });
    this.dialog = byId("settings");
    this.list = byId("chat-settings");
    this.problem = this.dialog.querySelector(".problem");
    byId("open-settings").addEventListener("click", () => this.open());
    this.dialog.querySelector("header button").addEventListener("click", () => this.dialog.close());
    this.setUpLanguage();
  }

  setUpLanguage() {
    const choice = byId("page-language");
    const chosen = new RegExp(`(?:^|; )${COOKIE}=(\\w+)`).exec(document.cookie)?.[1] ?? "";
    choice.append(...Object.entries(LANGUAGES).map(([value, text]) => el("option", { value, text, lang: value })));
    choice.value = chosen in LANGUAGES ? chosen : "";
    choice.addEventListener("change", () => {
      const age = choice.value ? YEAR : 0;
      document.cookie = `${COOKIE}=${choice.value}; path=/; max-age=${age}; samesite=strict`;
      location.reload();
    });
  }

  async open() {
    this.complain("");
    this.list.replaceChildren();
    showDialog(this.dialog);
    await this.load();
  }

  /** They were changed somewhere. */
  refresh() {
    if (this.dialog.open) this.load();
  }

  async load() {
    const turn = ++this.turn;
    try {
      const { settings: all, mayChange } = await settings(this.chat());
      if (turn === this.turn) this.show(all, mayChange);
    } catch (problem) {
      this.complain(problem.message);
    }
  }

  show(all, mayChange) {
    const focused = document.activeElement?.id;
    const views = all.map((one) => (one.choices.length > FEW ? this.menu(one) : this.choices(one)));
    for (const view of views) view.disabled = !mayChange;
    byId("settings-note").hidden = mayChange;
    this.list.replaceChildren(...views);
    if (focused) byId(focused)?.focus();
  }

  choices({ key, label, value, choices }) {
    const options = choices.map((one) => {
      const id = `setting-${key}-${one.value}`;
      const change = () => this.change(key, one.value);
      const input = el("input", { type: "radio", name: key, id, checked: one.value === value, on: { change } });
      return el("label", { class: "choice" }, input, el("span", { text: one.meaning }));
    });
    return el("fieldset", { class: "setting" }, el("legend", { text: label }), ...options);
  }

  menu({ key, label, value, choices }) {
    const id = `setting-${key}`;
    const select = el("select", { class: "field", id });
    select.append(...choices.map((one) => el("option", { value: one.value, text: one.meaning })));
    select.value = value;
    select.addEventListener("change", () => this.change(key, select.value));
    const heading = el("label", { for: id, text: label });
    return el("fieldset", { class: "setting" }, heading, select);
  }

  /** Change one; what would erase something is asked about first, by the reply's button. */
  async change(key, value, pressed = "") {
    const command = `/settings ${key} ${value}`;
    try {
      const reply = await ask(this.chat(), pressed || command, this.name(), Boolean(pressed));
      this.complain(reply.private ? reply.text : "");
      const sure = reply.buttons.find((button) => button.value.startsWith(`${command} `));
      if (sure && ASKS_ALL.test(sure.value)) this.askWhetherSure(reply.text, sure, () => this.sayToAll(sure));
      else if (sure) this.askWhetherSure(reply.text, sure, () => this.change(key, value, sure.value));
    } catch (problem) {
      this.complain(problem.message);
    }
    await this.load();
  }

  /** What is answered by a question to everybody is said where everybody reads it. */
  sayToAll(button) {
    this.dialog.close();
    this.say(button);
  }

  askWhetherSure(sentence, { label }, click) {
    this.complain(sentence);
    this.problem.append(" ", el("button", { type: "button", class: "link", text: label, on: { click } }));
    this.problem.querySelector("button").focus();
  }

  complain(sentence) {
    this.problem.textContent = sentence;
    this.problem.hidden = !sentence;
  }
}
