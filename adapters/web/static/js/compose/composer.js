/** Where one writes: text, photos to go with it, and what it replies to. */

import { byId, el, iconButton, words } from "../dom.js";
import { t } from "../strings.js";
import { Tray } from "./tray.js";

const DRAFT = "rapport.draft/";

/** What was being written in a chat; it goes with the window. */
const draft = (chat) => sessionStorage.getItem(DRAFT + chat) ?? "";
const keep = (chat, text) =>
  text ? sessionStorage.setItem(DRAFT + chat, text) : sessionStorage.removeItem(DRAFT + chat);

export class Composer {
  /**
   * @param {any} limits
   * @param {(draft: {text: string, photos: any[], replyTo: any}) => void} onSend
   */
  constructor(limits, onSend) {
    this.limits = limits;
    this.onSend = onSend;
    this.replyTo = null;
    this.left = new Map();
    this.text = byId("text");
    if (matchMedia("(pointer: coarse)").matches) this.text.placeholder = t("composer.message");
    this.tray = new Tray(
      limits,
      (sentence) => this.complain(sentence),
      () => this.refresh(),
    );
    byId("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.text.addEventListener("input", () => {
      this.refresh();
      keep(this.chat, this.text.value);
    });
    this.text.addEventListener("keydown", (event) => this.key(event));
    this.tray.gather();
    this.refresh();
  }

  /** Go on with what was being written in another chat, and leave what is being written here to this one. */
  follow(chat) {
    if (this.chat) this.left.set(this.chat, { photos: this.tray.photos, replyTo: this.replyTo });
    const { photos, replyTo } = this.left.get(chat) ?? { photos: this.chat ? [] : this.tray.photos, replyTo: null };
    this.chat = chat;
    this.tray.photos = photos;
    this.tray.render();
    this.reply(replyTo);
    this.complain("");
    this.text.value = draft(chat);
    this.refresh();
  }

  /** Put a text to go on with, the caret at its end or over the last `select` letters. */
  write(text, select = 0) {
    this.text.value = text;
    this.text.focus();
    this.text.setSelectionRange(text.length - select, text.length);
    this.text.dispatchEvent(new Event("input"));
  }

  /** Reply to an entry; null for no longer. */
  reply(entry) {
    this.replyTo = entry;
    const line = byId("replying");
    line.hidden = entry === null;
    if (entry) {
      const shown = entry.photos?.[0]?.url ?? entry.image;
      line.replaceChildren(
        shown ? el("img", { src: shown, alt: "", on: { error: (event) => event.target.remove() } }) : "",
        words("span", t("composer.replying", { text: entry.text || t("composer.a_photo") })),
        iconButton("close", t("composer.no_reply"), () => this.reply(null)),
      );
      this.text.focus();
    }
  }

  /** Say what is wrong, near to where it can be put right; an empty sentence takes it back. */
  complain(sentence) {
    const line = byId("problem");
    line.hidden = !sentence;
    line.textContent = sentence;
  }

  send() {
    const text = this.text.value.trim();
    if (!text && !this.tray.photos.length) return;
    if (text.length > this.limits.text) {
      this.complain(t("composer.too_long", { most: this.limits.text }));
      return;
    }
    this.complain("");
    const draft = { text, photos: this.tray.take(), replyTo: this.replyTo };
    this.text.value = "";
    this.reply(null);
    this.text.dispatchEvent(new Event("input"));
    this.onSend(draft);
  }

  key(event) {
    if (event.defaultPrevented || event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    } else if (event.key === "Escape" && this.replyTo) this.reply(null);
  }

  refresh() {
    const { text } = this;
    text.style.height = "auto";
    text.style.height = `${text.scrollHeight}px`;
    byId("send").disabled = !text.value.trim() && !this.tray.photos.length;
  }
}
