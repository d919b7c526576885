/** The chats this browser knows, kept in its storage; the one on show is in the address after the #. */

import { byId, el, iconButton, randomId } from "./dom.js";
import { t } from "./strings.js";

const KEY = "rapport.chats";
const HOME = { id: "home", name: t("chats.home") };
const ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Read from the browser's storage; a browser that forbids it gets the fallback. */
export function load(key, fallback) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? fallback;
  } catch {
    return fallback;
  }
}

/** Write to the browser's storage, if it lets us. */
export function save(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // a private window: the list lasts as long as the page
  }
}

export class Chats {
  /** @param {(chat: {id: string, name: string}) => void} onSwitch called with each chat that is opened */
  constructor(onSwitch) {
    this.onSwitch = onSwitch;
    this.known = load(KEY, [HOME]).filter((chat) => ID.test(chat?.id) && typeof chat.name === "string");
    byId("new-chat").addEventListener("click", () => this.create());
    addEventListener("hashchange", () => this.open());
    addEventListener("storage", (event) => event.key === KEY && this.reload());
  }

  /** Open the chat that the address names; one we have not met is added to the list. */
  open() {
    const [, id = "", name = ""] = location.hash.split("/");
    const wanted = ID.test(id) ? id : (this.known[0]?.id ?? HOME.id);
    if (!this.known.some((chat) => chat.id === wanted))
      this.keep([...this.known, { id: wanted, name: nameIn(name) }]);
    this.current = this.known.find((chat) => chat.id === wanted);
    this.render();
    this.onSwitch(this.current);
  }

  /** The address that opens the current chat in another window, with its name. */
  link() {
    return `${location.origin}/#/${this.current.id}/${encodeURIComponent(this.current.name)}`;
  }

  create() {
    const chat = { id: randomId(), name: t("chats.numbered", { number: this.known.length + 1 }) };
    this.keep([...this.known, chat]);
    location.hash = `#/${chat.id}`;
  }

  rename(id, name) {
    const tidy = name.trim().slice(0, 40);
    if (tidy) this.keep(this.known.map((chat) => (chat.id === id ? { ...chat, name: tidy } : chat)));
    this.open();
  }

  /** Take a chat off the list; its memory stays, and its link opens it again. */
  remove(id) {
    this.keep(this.known.filter((chat) => chat.id !== id));
    if (!this.known.length) this.keep([HOME]);
    if (id === this.current.id) location.hash = `#/${this.known[0].id}`;
    else this.render();
  }

  keep(known) {
    this.known = known;
    save(KEY, known);
  }

  reload() {
    this.known = load(KEY, [HOME]);
    this.render();
  }

  render() {
    byId("chat-list").replaceChildren(...this.known.map((chat) => this.line(chat)));
  }

  line(chat) {
    const open = chat.id === this.current.id;
    const link = el("a", {
      href: `#/${chat.id}`,
      dir: "auto",
      text: chat.name,
      "aria-current": open && "page",
    });
    const item = el("li", {}, link);
    if (open) {
      item.append(iconButton("pencil", t("chats.rename"), () => this.edit(item, chat)));
      if (this.known.length > 1)
        item.append(
          iconButton("close", t("chats.remove"), () => this.remove(chat.id)),
        );
    }
    return item;
  }

  edit(item, chat) {
    const field = el("input", {
      class: "field",
      value: chat.name,
      maxlength: "40",
      dir: "auto",
      "aria-label": t("chats.name"),
    });
    let done = false;
    const finish = (name) => {
      if (!done) this.rename(chat.id, name);
      done = true;
    };
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") finish(field.value);
      if (event.key === "Escape") finish(chat.name);
      if (event.key === "Enter" || event.key === "Escape") event.stopPropagation();
    });
    field.addEventListener("blur", () => finish(field.value));
    item.replaceChildren(field);
    field.select();
  }
}

function nameIn(part) {
  try {
    return decodeURIComponent(part).slice(0, 40) || t("chats.shared");
  } catch {
    return t("chats.shared");
  }
}
