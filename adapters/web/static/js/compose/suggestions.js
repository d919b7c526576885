/** The list over the text field: commands after a slash, and names after a command that wants one. */

import { byId, el, fold, words } from "../dom.js";

const COMMAND = /^\/(\p{L}*)$/u;
const NAME = /^\/(forget|show|seen|photos|rename|describe|category|wrong|remember)\s+([^|]*)$/iu;
const WITH_BAR = new Set(["rename", "describe", "category"]);
const MOST = 8;

export class Suggestions {
  /**
   * @param {{word: string, arguments: string, purpose: string}[]} commands
   * @param {() => string[]} names everybody the chat remembers
   */
  constructor(commands, names) {
    Object.assign(this, { commands, names, items: [], at: -1 });
    this.text = byId("text");
    this.list = byId("suggestions");
    this.text.addEventListener("input", () => this.refresh());
    this.text.addEventListener("blur", () => this.show([]));
    this.text.addEventListener("keydown", (event) => this.key(event));
    // keep the focus in the text field
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
  }

  /** Suggest what fits the text now, if somebody is writing. */
  refresh() {
    if (document.activeElement !== this.text) return;
    const text = this.text.value;
    const command = COMMAND.exec(text);
    const name = NAME.exec(text);
    if (command) this.show(this.matchingCommands(command[1].toLowerCase()), 0);
    else if (name) this.show(this.matchingNames(name[1].toLowerCase(), name[2].trim()));
    else this.show([]);
  }

  /** Those that begin with what was written, then those that hold it. */
  matchingCommands(part) {
    const rank = ({ word }) => (word.startsWith(part) ? 0 : word.includes(part) ? 1 : 2);
    const fitting = this.commands.filter((command) => rank(command) < 2).sort((a, b) => rank(a) - rank(b));
    return fitting.map((command) => ({
      value: command.arguments ? `/${command.word} ` : `/${command.word}`,
      view: [
        el("b", { text: `/${command.word}` }),
        el("code", { text: command.arguments }),
        el("span", { text: command.purpose }),
      ],
    }));
  }

  matchingNames(command, part) {
    const folded = fold(part);
    const fitting = this.names().filter((name) => fold(name).includes(folded) && name !== part);
    return fitting.slice(0, MOST).map((name) => ({
      value: `/${command} ${name}${WITH_BAR.has(command) ? " | " : ""}`,
      view: [words("b", name)],
    }));
  }

  show(items, at = -1) {
    this.items = items;
    this.list.hidden = items.length === 0;
    this.list.replaceChildren(...items.map((item, index) => this.option(item, index)));
    this.point(items.length ? at : -1);
  }

  option(item, index) {
    const click = () => this.choose(index);
    return el("li", { role: "option", id: `suggestion-${index}`, on: { click } }, ...item.view);
  }

  point(at) {
    this.at = at;
    [...this.list.children].forEach((option, index) =>
      option.setAttribute("aria-selected", String(index === at)),
    );
    if (at >= 0) {
      this.list.children[at].scrollIntoView({ block: "nearest" });
      this.text.setAttribute("aria-activedescendant", `suggestion-${at}`);
    } else this.text.removeAttribute("aria-activedescendant");
  }

  /** What was written in full is sent by Enter, not completed; a name is completed only when it was chosen. */
  key(event) {
    if (!this.items.length || event.isComposing) return;
    const count = this.items.length;
    const complete = this.at >= 0 && this.items[this.at].value.trim() !== this.text.value.trim();
    if (event.key === "ArrowDown") this.point((this.at + 1) % count);
    else if (event.key === "ArrowUp") this.point((this.at - 1 + count) % count);
    else if (event.key === "Escape") this.show([]);
    else if (event.key === "Tab" && !event.shiftKey) this.choose(Math.max(this.at, 0));
    else if (event.key === "Enter" && !event.shiftKey && complete) this.choose(this.at);
    else return;
    event.preventDefault();
  }

  choose(index) {
    this.text.value = this.items[index].value;
    this.text.dispatchEvent(new Event("input"));
    this.text.focus();
  }
}
