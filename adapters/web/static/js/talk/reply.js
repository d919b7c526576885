/** What Rapport answered, as it stands in the conversation: dots, then words as they come, then all of it. */

import { el, icon, words } from "../dom.js";
import { cardButton } from "../memory/cards.js";
import { askButton } from "./message.js";
import { download, markIn, picture } from "./pictures.js";
import { isAnswered, marksOf } from "./regions.js";
import { list, t } from "../strings.js";

/**
 * @param {any} entry
 * @param {{press: (entry: any, button: any) => void, reply: (entry: any) => void,
 *          open: (name: string) => void}} actions
 */
export function replyView(entry, actions) {
  const item = el("li", { class: "reply", id: `entry-${entry.id}` }, mark());
  const body = el("div", { class: "body" });
  item.append(body);
  if (entry.failed) item.classList.add("failed");
  if (!entry.final) item.classList.add("open");
  if (!entry.final && !entry.text) body.append(dots());
  const text = withoutCards(entry);
  if (text) body.append(words("p", text, "text"));
  if (entry.final) body.append(...extras(entry, actions));
  else {
    if (entry.progress) body.append(progress(entry.progress));
    if (entry.buttons.length) body.append(choices(entry, actions));
  }
  return item;
}

function* extras(entry, actions) {
  const named = oncePerName(entry.sightings);
  const image = entry.image && shown(entry, named, actions);
  if (image) yield image;
  if (named.length) yield chips(named, actions);
  if (entry.cards.length > (entry.image ? 1 : 0)) yield cards(entry.cards, actions);
  yield* entry.attachments.map(download);
  const left = entry.buttons.filter((button) => !isAnswered(entry, button) || entry.taken.includes(button.value));
  if (left.length) yield choices({ ...entry, buttons: left }, actions);
  if (image && (entry.shown || !entry.buttons.length))
    yield el("div", { class: "underline" }, askButton(entry, actions), canMark(entry) && markButton(image));
}

/** Whom an album shows several times stands there once, as the surest of them. */
function oncePerName(sightings) {
  const surest = new Map();
  for (const sighting of sightings)
    if (sighting.name && !(surest.get(sighting.name)?.score >= sighting.score))
      surest.set(sighting.name, sighting);
  return [...surest.values()];
}

/** Whether the picture is that of one photo, so that a place in it is a place in that. */
const canMark = (entry) => Boolean(entry.shown) && entry.about?.length === 1;

function markButton(image) {
  return el("button", { type: "button", class: "link", on: { click: () => markIn(image) } }, icon("remember"), t("mark.somebody"));
}

/** A photo with boxes in it is looked at closely; a cut-out only says what was meant. */
function shown(entry, named, actions) {
  const marks = canMark(entry) ? marksOf(entry, 0, entry.about[0].pixels, actions) : null;
  if (marks) marks.drawn = true;
  const { image: url, pixels, text: caption } = entry;
  const view = picture({ url, name: "picture.jpg", alt: describe(named), caption, pixels, marks, tappable: true });
  view.classList.toggle("cutout", !entry.sightings.length);
  return view;
}

/** The text without the lines that its cards say again. */
function withoutCards({ text, cards: shown }) {
  const said = new Set(shown.map((card) => `${card.title}: ${card.text}`));
  return text
    .split("\n")
    .filter((line) => !said.has(line))
    .join("\n");
}

function mark() {
  const svg = icon("mark");
  svg.classList.add("mark");
  return svg;
}

function progress([done, count]) {
  return el("progress", { max: String(count), value: String(done), "aria-label": t("reply.progress") });
}

function dots() {
  return el(
    "p",
    { class: "dots", role: "img", "aria-label": t("reply.answering") },
    el("i"),
    el("i"),
    el("i"),
  );
}

function describe(named) {
  const names = named.map((sighting) => sighting.name);
  return names.length ? t("reply.marked", { names: list(names) }) : t("reply.picture");
}

function chips(named, actions) {
  return el(
    "ul",
    { class: "chips", "aria-label": t("reply.who") },
    ...named.map((sighting) => chip(sighting, actions)),
  );
}

function chip({ name, grade }, actions) {
  const label = el("bdi", { text: name });
  const click = () => actions.open(name);
  return el(
    "li",
    {},
    el(
      "button",
      { type: "button", class: `chip ${grade}`, title: t("reply.open_card", { name }), on: { click } },
      label,
      grade !== "sure" && el("small", { text: t("reply.perhaps") }),
    ),
  );
}

function cards(shown, actions) {
  return el(
    "ul",
    { class: "cards" },
    ...shown.map((card) =>
      el(
        "li",
        {},
        cardButton(card, () => actions.open(card.title)),
      ),
    ),
  );
}

function choices(entry, actions) {
  const buttons = entry.buttons.map((button) => choice(entry, button, actions));
  return el("div", { class: "choices", role: "group", "aria-label": t("reply.answers") }, ...buttons);
}

function choice(entry, button, actions) {
  const taken = entry.taken.includes(button.value);
  const press = () => actions.press(entry, button);
  return el(
    "button",
    {
      type: "button",
      class: taken ? "button taken" : "button",
      disabled: isAnswered(entry, button),
      on: { click: press },
    },
    taken && icon("check"),
    el("bdi", { text: button.label }),
  );
}
