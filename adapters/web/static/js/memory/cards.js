/** Cards of what is remembered: in small, to press, and one opened, with the ways to change or forget it. */

import { el, icon, iconButton, words } from "../dom.js";
import { picture } from "../talk/pictures.js";
import { t } from "../strings.js";

/** Its picture, or a sign where it has none. */
export function face(card) {
  if (!card.image) return el("span", { class: "picture none" }, icon("people"));
  return picture({ url: card.image, name: card.title, alt: "", large: false });
}

/** A card to press: picture, name, what and how many photos, and what was told; of a single photo its line. */
export function cardButton(card, click) {
  const isOfOnePhoto = card.photos === null;
  const photos = () => t("card.photos", { count: card.photos });
  const line = isOfOnePhoto ? card.text : [card.category, photos()].filter(Boolean).join(" · ");
  return el(
    "button",
    { type: "button", class: "card", on: { click } },
    face(card),
    words("strong", card.title),
    line && words("small", line),
    card.info && words("span", card.info, "about"),
  );
}

/** One card, opened: its photos, what was told, and the form that changes it. */
export class CardView {
  /** @param {{title: string, category: string, info: string, image: string|null}} card @param {import("./gallery.js").Gallery} gallery */
  constructor(card, gallery) {
    Object.assign(this, { card, gallery, name: card.title, told: null, trouble: "" });
    this.saved = { name: card.title, category: card.category, info: card.info };
    this.fields = { ...this.saved };
  }

  /** Whether there is something written that was not saved. */
  get isBeingEdited() {
    return Object.keys(this.saved).some((key) => this.fields[key] !== this.saved[key]);
  }

  /** Fetch what /show tells. */
  async load(ask) {
    try {
      this.told = await ask();
    } catch (problem) {
      this.trouble = problem.message;
    }
    if (this.gallery.shown === this) this.gallery.render();
  }

  view() {
    const back = iconButton("back", t("card.back"), () => this.gallery.close());
    const head = el(
      "header",
      { class: "panel-head" },
      back,
      words("h2", this.name, "display"),
      this.gallery.closer(),
    );
    return [head, this.photos(), this.story(), this.form(), this.end()];
  }

  photos() {
    const told = this.told?.cards.filter((card) => card.image) ?? [];
    const hero = told.at(-1)?.image ?? this.told?.image ?? this.card.image;
    const first = hero ? picture({ url: hero, name: this.name, alt: this.name }) : face(this.card);
    first.classList.add("hero");
    if (told.length < 2) return first;
    const rest = told
      .slice(0, -1)
      .map((card) => picture({ url: card.image, name: this.name, alt: t("card.photo_alt", { name: this.name, text: card.text }) }));
    return el("div", { class: "photos" }, first, el("div", { class: "strip" }, ...rest));
  }

  story() {
    if (this.trouble) return el("p", { class: "problem", role: "alert", text: this.trouble });
    return words("p", this.told ? this.told.text : " ", "text story");
  }

  form() {
    const save = el("button", { class: "button primary", text: t("card.save"), disabled: !this.isBeingEdited });
    const form = el(
      "form",
      { class: "edit", "aria-label": t("card.edit", { name: this.name }) },
      this.field("name", t("card.name"), { maxlength: "64", required: true }, save),
      this.field("category", t("card.category"), { placeholder: t("card.category_hint") }, save),
      this.field("info", t("card.about"), { placeholder: t("card.about_hint"), rows: "3" }, save, "textarea"),
      save,
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      save.disabled = true;
      this.save();
    });
    return form;
  }

  field(key, label, attributes, save, tag = "input") {
    const input = el(tag, { class: "field", dir: "auto", ...attributes });
    input.value = this.fields[key];
    input.addEventListener("input", () => {
      this.fields[key] = input.value;
      save.disabled = !this.isBeingEdited;
    });
    return el("label", { class: "label" }, label, input);
  }

  /** One command for each thing that changed; the name last, since the others go by it. Stops at the first refusal. */
  async save() {
    const { name, category, info } = this.fields;
    const changed = (key) => this.fields[key].trim() !== this.saved[key];
    const commands = [
      changed("category") && ["category", `/category ${this.name} | ${category.trim()}`],
      changed("info") && ["info", `/describe ${this.name} | ${info.trim()}`],
      changed("name") && ["name", `/rename ${this.name} | ${name.trim()}`],
    ].filter(Boolean);
    for (const [key, command] of commands) {
      const reply = await this.gallery.tell(command);
      if (reply.failed || reply.private) break; // a refusal is for the asker alone
      this.saved[key] = this.fields[key] = this.fields[key].trim();
    }
    await this.gallery.refresh();
    if (this.isBeingEdited) this.gallery.render();
    else await this.gallery.open(this.saved.name, { keepNotice: true });
  }

  end() {
    const more = el(
      "button",
      { type: "button", class: "button", on: { click: () => this.gallery.actions.more(this.name) } },
      icon("photo"),
      t("card.add_photo"),
    );
    const forget = el("button", {
      type: "button",
      class: "button danger",
      text: t("card.forget"),
      on: { click: () => this.forget(forget) },
    });
    return el("div", { class: "choices end" }, more, forget);
  }

  async forget(button) {
    button.disabled = true;
    this.fields = { ...this.saved };
    await this.gallery.tell(`/forget ${this.name}`);
    await this.gallery.refresh();
    this.gallery.render();
  }
}
