/** The conversation on show: entries in order, each put again when it changes; keeps the end in view. */

import { announce, byId, el, words } from "../dom.js";
import { messageView } from "./message.js";
import { closeViewer } from "./viewer.js";
import { replyView } from "./reply.js";
import { moment, t } from "../strings.js";

const NEAR_THE_END = 120;
const A_WHILE = 20 * 60 * 1000;
const FOR_EACH = /^\/consent /; // buttons that each person presses for themselves

export class Conversation {
  /** @param {any} actions what the buttons of entries do; see messageView and replyView */
  constructor(actions) {
    this.actions = { ...actions, quote: (id) => this.quote(id) };
    this.log = byId("log");
    this.scroller = byId("scroller");
    this.toEnd = byId("to-end");
    this.toEnd.addEventListener("click", () => this.scrollToEnd());
    this.scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
    // pictures get their height when they arrive, and a keyboard takes its own from the conversation
    const sizes = new ResizeObserver(() => this.resized());
    sizes.observe(this.log);
    sizes.observe(this.scroller);
    this.clear();
  }

  clear() {
    this.entries = new Map();
    this.shown = new Map(); // the messages with photos, by what commands call those
    this.pinned = true;
    this.lastAt = 0;
    this.toEnd.hidden = true;
    this.log.replaceChildren();
    this.refreshEmptiness();
  }

  /** Put an entry: a new one at the end, one we have in its place. A reply that says nothing takes its draft away. */
  put(entry) {
    if (entry.silent && entry.final) {
      this.remove(entry.id);
      return;
    }
    const before = this.entries.get(entry.id);
    const merged = {
      ...entry,
      taken: before?.taken ?? [],
      answer: before?.answer ?? null,
      replaced: before?.replaced ?? false,
      photos: before?.photos?.some((photo) => photo.url) && !entry.redacted ? before.photos : entry.photos,
    };
    this.entries.set(entry.id, merged);
    if (entry.redacted) this.letGo(before);
    if (entry.kind === "reply") this.linkTo(merged);
    const pinned = this.pinned || (entry.kind === "message" && entry.own && !before);
    this.draw(merged);
    if (entry.redacted) this.drawQuotesOf(entry.id);
    const isNews = !before || before.state; // else it is told anew, and may have been taken back since
    if (entry.kind === "message" && entry.pressed && isNews && (entry.own || !FOR_EACH.test(entry.text)))
      this.take(entry.reply_to, entry.text);
    if (entry.kind === "reply" && entry.final) this.settle(merged, before);
    this.refreshEmptiness();
    this.keepInView(pinned, !before || entry.kind === "reply");
  }

  /** What an entry showed was forgotten: nothing of it stays before our eyes or ears, nor in the browser's memory. */
  letGo(before) {
    announce("");
    closeViewer();
    for (const { url } of before?.photos ?? []) if (url?.startsWith("blob:")) URL.revokeObjectURL(url);
  }

  drawQuotesOf(id) {
    for (const entry of this.entries.values()) if (entry.reply_to === id) this.draw(entry);
  }

  /** Update a message of our own that is on its way. */
  change(id, fields) {
    const entry = this.entries.get(id);
    if (!entry) return;
    this.draw(Object.assign(entry, fields));
    this.keepInView(this.pinned, false);
  }

  /** Show how much of an upload has gone. */
  progress(id, done) {
    const bar = byId(`entry-${id}`)?.querySelector("progress");
    if (bar) bar.value = done;
  }

  remove(id) {
    this.entries.delete(id);
    byId(`entry-${id}`)?.remove();
    this.refreshEmptiness();
  }

  /** Mark one of a reply's buttons as used. */
  take(id, value) {
    const entry = this.entries.get(id);
    if (entry?.kind !== "reply" || entry.taken.includes(value)) return;
    this.draw(Object.assign(entry, { taken: [...entry.taken, value] }));
  }

  /** It could not be sent, or was taken back: the button can be used again. */
  release(id, value) {
    const entry = this.entries.get(id);
    if (entry?.kind === "reply") this.draw(Object.assign(entry, { taken: entry.taken.filter((one) => one !== value) }));
  }

  /** What a reply says of places in the photos is for the photos it is about, too. */
  linkTo(reply) {
    const asked = this.entries.get(reply.to);
    if (!reply.shown || !asked) return;
    if (asked.photos.length) this.shown.set(reply.shown, asked);
    const about = this.shown.get(reply.shown);
    reply.about = about?.photos ?? [];
    if (about && reply.final) this.draw(Object.assign(about, { answer: reply }));
  }

  /** The program was started anew: say so, and end what will never be finished. */
  startedAnew() {
    for (const entry of this.entries.values())
      if (entry.kind === "reply" && !entry.final)
        this.put({ ...entry, final: true, failed: true, text: t("log.cut_off") });
    this.note(t("log.anew"));
  }

  /** A line across the conversation. */
  note(text) {
    if (!this.entries.size) return;
    this.log.append(el("li", { class: "divider", text }));
    this.keepInView(true, false);
  }

  settle(entry, before) {
    if (!before?.final && !entry.redacted) announce(t("log.said", { text: entry.text }));
    if (!before?.final) this.takeBack(entry);
    if (entry.replaces) this.replace(entry);
  }

  /** A reply to Undo, unless it refuses it: the button whose press was undone can be used again. */
  takeBack(reply) {
    const undo = this.entries.get(reply.to);
    if (reply.failed || reply.private || !undo?.pressed || !undo.text.startsWith("/undo")) return;
    const press = this.entries.get(this.entries.get(undo.reply_to)?.to);
    if (press?.pressed) this.release(press.reply_to, press.text);
  }

  /** A reply to a press that takes the place of what the button stood under: the press and the old one go. */
  replace(entry) {
    const press = this.entries.get(entry.to);
    const old = press?.pressed && this.entries.get(press.reply_to);
    if (!old) return;
    for (const one of [old, press]) {
      one.replaced = true;
      byId(`entry-${one.id}`)?.remove();
    }
  }

  draw(entry) {
    if (entry.replaced) return;
    const old = byId(`entry-${entry.id}`);
    if (old && grow(old, entry)) return;
    const view = entry.kind === "message" ? messageView(entry, this.actions) : replyView(entry, this.actions);
    if (!old) this.log.append(...this.pause(entry), view);
    else {
      const focused = old.contains(document.activeElement);
      old.replaceWith(view);
      if (focused) (view.querySelector("button:not(:disabled)") ?? byId("text")).focus();
    }
  }

  /** The time, where nothing was said for a while. */
  *pause({ at }) {
    const date = new Date(at);
    const day =
      date.toDateString() === new Date().toDateString()
        ? {}
        : { weekday: "long", day: "numeric", month: "long" };
    const text = moment(date, { ...day, hour: "numeric", minute: "2-digit" });
    if (date - this.lastAt > A_WHILE)
      yield el("li", { class: "divider" }, el("time", { datetime: at, text }));
    this.lastAt = date;
  }

  /** What a message replies to, in one line. */
  quote(id) {
    const entry = this.entries.get(id);
    if (!entry) return null;
    const shown = entry.photos?.[0]?.url ?? entry.image;
    const text = entry.text || (shown ? t("log.photo") : "");
    const click = () => byId(`entry-${id}`)?.scrollIntoView({ block: "center" });
    return el(
      "button",
      { type: "button", class: "quote", "aria-label": t("log.quote", { text }), on: { click } },
      shown && el("img", { src: shown, alt: "", on: { error: (event) => event.target.remove() } }),
      words("span", text),
    );
  }

  refreshEmptiness() {
    byId("empty").hidden = this.entries.size > 0 || !this.ready;
    this.log.hidden = this.entries.size === 0;
  }

  /** Somebody scrolled, unless it is only that the conversation has grown under them. */
  scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    if (scrollHeight !== this.height) return;
    this.pinned = scrollHeight - scrollTop - clientHeight < NEAR_THE_END;
    if (this.pinned) this.toEnd.hidden = true;
  }

  resized() {
    this.height = this.scroller.scrollHeight;
    if (this.pinned) this.scrollToEnd();
  }

  keepInView(pinned, isNew) {
    if (pinned) this.scrollToEnd();
    else if (isNew) this.toEnd.hidden = false;
  }

  scrollToEnd() {
    this.pinned = true;
    this.toEnd.hidden = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }
}

/** Let a draft grow in its place; false when more than its text has changed. */
function grow(view, entry) {
  const text = view.querySelector(".text");
  if (entry.kind !== "reply" || entry.final || !entry.text || !text) return false;
  text.textContent = entry.text;
  return true;
}
