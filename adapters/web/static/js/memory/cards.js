/** Cards of what is remembered: in small, to press, and one opened, with the ways to change or forget it. */

import { el, icon, iconButton, words } from "../dom.js";
import { picture } from "../talk/pictures.js";
import { t } from "../strings.js";
import { chooseName } from "./names.js";

const LEAST_ROWS = 3; // of the box of facts
const MOST_ROWS = 12;

/** Its picture, or a sign where it has none. */
export function face(card) {
  if (!card.image) return el("span", { class: "picture none" }, icon("people"));
  return picture({ url: card.image, name: card.title, alt: "", still: true });
}

/** What kind of thing it is, in the reader's language where there is a word. */
const nounOf = (card) => card.noun || card.category;

/** A card to press: picture, name, what and how many photos, and what was told; of a single photo its line. */
export function cardButton(card, click) {
  const isOfOnePhoto = card.photos === null;
  const photos = () => t("card.photos", { count: card.photos });
  const line = isOfOnePhoto ? card.text : [nounOf(card), photos()].filter(Boolean).join(" · ");
  return el(
    "button",
    { type: "button", class: "card", on: { click } },
    face(card),
    words("strong", card.title),
    line && words("small", line),
    card.info && words("span", card.info, "about"),
  );
}

/** A text as one line, and those of a box with a text on each line. */
const oneLine = (text) => text.split(/\s+/).filter(Boolean).join(" ");
const linesOf = (box) => [...new Set(box.split("\n").map(oneLine).filter(Boolean))];

/** What a card says in the form's fields. */
const written = (card) => ({ name: card.title, category: nounOf(card), info: linesOf(card.facts.join("\n")).join("\n") });

/** What was saved in one go is undone in one go, the last of it first. */
function together(replies) {
  const undos = replies.map((reply) => reply.buttons.find(({ value }) => value.startsWith("/undo"))).reverse();
  const text = replies.map((reply) => reply.text).join("\n");
  return { text, buttons: undos.every(Boolean) ? [{ label: undos[0].label, value: undos.map(({ value }) => value) }] : [] };
}

/** The second press of a double click may fall on what took the place of the first: it counts for nothing. */
const once = (run) => (event) => event.detail < 2 && run();

/** One card, opened: its photos, what was told, and the form that changes it. What is being written is never replaced. */
export class CardView {
  /** @param {any} card @param {import("./gallery.js").Gallery} gallery */
  constructor(card, gallery) {
    Object.assign(this, { card, gallery, name: card.title, told: null, chosen: 0, turn: 0 });
    Object.assign(this, { saved: written(card), facts: card.facts });
    this.fields = {};
    this.title = words("h2", this.name, "display");
    this.photos = el("div", { class: "photos" });
    this.story = words("p", " ", "text story");
    this.trouble = el("p", { class: "problem", role: "alert", hidden: true });
    const head = el(
      "header",
      { class: "panel-head" },
      iconButton("back", t("card.back"), () => gallery.close()),
      this.title,
      gallery.closer(),
    );
    this.element = el("div", { class: "card-view" }, head, this.photos, this.trouble, this.story, this.form(), this.end());
    this.drawPhotos();
  }

  /** Whether there is something written that was not saved. */
  get isBeingEdited() {
    return Object.keys(this.saved).some((key) => this.fields[key].value !== this.saved[key]);
  }

  /** Fetch what /show tells; the answer to an older question never replaces that to a newer one. */
  async load() {
    const turn = ++this.turn;
    try {
      const told = await this.gallery.ask(this.name);
      if (turn !== this.turn) return;
      this.told = told;
      this.complain("");
      this.story.textContent = told.text;
    } catch (problem) {
      if (turn === this.turn) this.complain(problem.message);
    }
    this.drawPhotos();
  }

  /** The chat knows it differently now: take that over, except where something else is being written. */
  update(card) {
    const { info, ...others } = written(card);
    for (const [key, value] of Object.entries(others)) {
      if (this.fields[key].value === this.saved[key]) this.fields[key].value = value;
      this.saved[key] = value;
    }
    // Of a box that is written in, what is gone is told by what it showed at first: facts that came since then stay.
    const box = this.fields.info;
    const untouched = box.value === this.saved.info;
    if (untouched) box.value = info;
    if (untouched || linesOf(box.value).join("\n") === info) {
      this.saved.info = info;
      this.facts = card.facts;
      this.fitBox();
    }
    Object.assign(this, { card, name: card.title });
    this.title.textContent = card.title;
    this.refreshSave();
    return this.load();
  }

  complain(sentence) {
    this.trouble.textContent = sentence;
    this.trouble.hidden = !sentence;
  }

  drawPhotos() {
    const cards = this.told?.cards.filter((card) => card.image) ?? [];
    const cover = cards.find((card) => card.cover) ?? cards.at(-1);
    const shown = cards.find((card) => card.number === this.chosen) ?? cover;
    const hero = shown?.image ?? this.told?.image ?? this.card.image;
    const alt = shown ? t("card.photo_alt", { name: this.name, text: shown.text }) : this.name;
    const first = hero ? picture({ url: hero, name: this.name, alt }) : face(this.card);
    first.classList.add("hero");
    const focused = this.photos.contains(document.activeElement) ? document.activeElement.ariaLabel : null;
    this.photos.replaceChildren(first);
    if (cards.length > 1)
      this.photos.append(el("div", { class: "strip" }, ...cards.map((card) => this.thumbnail(card, card === shown))));
    if (shown?.number) this.photos.append(this.actionsFor(shown, cards.length));
    if (focused)
      [...this.photos.querySelectorAll("button")].find((one) => one.ariaLabel === focused)?.focus();
  }

  thumbnail(card, isShown) {
    const label = t("card.photo_alt", { name: t("card.photo", { number: card.number ?? 1 }), text: card.text });
    const click = () => {
      this.chosen = card.number;
      this.drawPhotos();
    };
    const image = el("img", { src: card.image, alt: "" });
    return el(
      "button",
      { type: "button", class: "picture", "aria-label": label, "aria-pressed": String(isShown), on: { click } },
      image,
      card.cover && icon("check"),
    );
  }

  /** What can be done with the photo that is shown. */
  actionsFor({ number, cover }, count) {
    const action = (key, run) =>
      el("button", { type: "button", class: "link", "aria-label": t(`photo.${key}`, { number }), text: t(`card.${key}`), on: { click: once(run) } });
    return el(
      "div",
      { class: "actions" },
      count > 1 && !cover && action("cover", () => this.change(`/cover ${this.name} ${number}`)),
      action("move", () => this.move(number)),
      action("remove", () => this.change(`/remove ${this.name} ${number}`)),
    );
  }

  async move(number) {
    const title = t("photo.move_title");
    const other = await chooseName({ title, except: this.name });
    if (other) await this.change(`/move ${this.name} ${number} | ${other}`);
  }

  async merge() {
    const title = t("card.merge_title", { name: this.name });
    const note = t("card.merge_note", { name: this.name });
    const other = await chooseName({ title, note, except: this.name, onlyKnown: true });
    if (other) await this.change(`/merge ${this.name} | ${other}`);
  }

  /** Change something that isn't written in the form; what is written there stays. */
  async change(command) {
    if (this.isChanging) return;
    this.isChanging = true;
    for (const button of this.photos.querySelectorAll(".actions button")) button.disabled = true;
    await this.gallery.tell(command);
    this.chosen = 0;
    this.isChanging = false;
    await this.gallery.refresh();
    this.drawPhotos();
  }

  form() {
    this.save = el("button", { class: "button primary", text: t("card.save"), disabled: true });
    const form = el(
      "form",
      { class: "edit", "aria-label": t("card.edit", { name: this.name }) },
      this.field("name", t("card.name"), { maxlength: "64", required: true }),
      this.field("category", t("card.category"), { placeholder: t("card.category_hint") }),
      this.field("info", t("card.about"), { placeholder: t("card.about_hint"), "aria-describedby": "about-note" }, "textarea"),
      el("p", { class: "note", id: "about-note", text: t("card.about_note") }),
      this.save,
    );
    this.fields.info.addEventListener("input", () => this.fitBox());
    this.fitBox();
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    return form;
  }

  field(key, label, attributes, tag = "input") {
    const input = el(tag, { class: "field", dir: "auto", ...attributes });
    input.value = this.saved[key];
    input.addEventListener("input", () => this.refreshSave());
    this.fields[key] = input;
    return el("label", { class: "label" }, label, input);
  }

  /** As many rows as there are facts, with one to spare. */
  fitBox() {
    const box = this.fields.info;
    box.rows = Math.min(MOST_ROWS, Math.max(LEAST_ROWS, box.value.split("\n").length + 1));
  }

  /** The command that makes of the facts that the box showed those that are in it; empty where they are the same. */
  retelling() {
    const lines = linesOf(this.fields.info.value);
    const shown = this.facts.map(oneLine);
    const gone = this.facts.filter((_, place) => !lines.includes(shown[place])).map((fact) => `\n- ${fact}`);
    const added = lines.filter((line) => !shown.includes(line)).map((line) => `\n+ ${line}`);
    return gone.length + added.length ? `/retell ${this.name}${[...gone, ...added].join("")}` : "";
  }

  refreshSave() {
    this.save.disabled = !this.isBeingEdited;
  }

  /** One command for each thing that changed; the name last, since the others go by it. Stops at the first refusal. */
  async send() {
    this.save.disabled = true;
    const value = (key) => this.fields[key].value.trim();
    const changed = (key) => value(key) !== this.saved[key];
    const retelling = this.retelling();
    if (!retelling) this.fields.info.value = this.saved.info; // nothing but blank lines has changed
    const commands = [
      changed("category") && ["category", `/category ${this.name} | ${value("category")}`],
      ["info", retelling],
      changed("name") && ["name", `/rename ${this.name} | ${value("name")}`],
    ].filter((one) => one && one[1]);
    const done = [];
    for (const [key, command] of commands) {
      const sent = value(key);
      const reply = await this.gallery.tell(command);
      if (reply.failed || reply.private) break; // a refusal is for the asker alone
      done.push(reply);
      this.saved[key] = sent;
      if (value(key) === sent) this.fields[key].value = sent; // else somebody goes on writing
      if (key === "info") this.facts = linesOf(sent);
      if (key === "name") this.name = this.title.textContent = sent;
    }
    if (done.length > 1 && done.length === commands.length) this.gallery.notice.show(together(done), "");
    await this.gallery.refresh();
    this.refreshSave();
  }

  end() {
    const button = (text, click, { sign, look = "button" } = {}) =>
      el("button", { type: "button", class: look, on: { click } }, sign && icon(sign), text);
    const forget = () => this.forget();
    return el(
      "div",
      { class: "choices end" },
      button(t("card.add_photo"), () => this.gallery.actions.more(this.name), { sign: "photo" }),
      button(t("card.merge"), () => this.merge()),
      button(t("card.forget"), forget, { look: "button danger" }),
    );
  }

  async forget() {
    const reply = await this.gallery.tell(`/forget ${this.name}`);
    if (reply.failed || reply.private) return;
    this.gallery.close();
    await this.gallery.refresh();
  }
}
