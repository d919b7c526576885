/** What a person sent, as it stands in the conversation. */

import { el, icon, words } from "../dom.js";
import { download, picture, tile } from "./pictures.js";
import { marksOf } from "./regions.js";
import { t } from "../strings.js";

/**
 * @param {any} entry the server's, or our own that is still under way (`state` "sending" | "waiting" | "failed")
 * @param {{reply: (entry: any) => void, remember: (entry: any) => void, quote: (id: string) => Node|null}} actions
 */
export function messageView(entry, actions) {
  const item = el("li", { class: `message ${entry.own ? "own" : "other"}`, id: `entry-${entry.id}` });
  if (entry.pressed) item.classList.add("pressed");
  const bubble = el("div", { class: "bubble" });
  if (!entry.own) bubble.append(words("p", entry.name, "author"));
  if (entry.reply_to && !entry.pressed) bubble.append(actions.quote(entry.reply_to) ?? "");
  if (entry.photos.length) bubble.append(album(entry, actions));
  bubble.append(...entry.files.map((file) => (file.url ? download(file) : tile(file.name))));
  if (entry.text)
    bubble.append(entry.pressed ? words("p", entry.label || entry.text, "text") : textView(entry.text));
  item.append(bubble, underline(entry, actions));
  return item;
}

function album({ photos, answer }, actions) {
  const isAlone = photos.length === 1;
  const show = (photo, index) => {
    if (!photo.url) return tile(t("message.gone"));
    const marks = marksOf(answer, index, photo.pixels, actions);
    const tappable = isAlone && !answer?.image;
    return picture({ ...photo, alt: photo.name, marks, tappable, pixels: isAlone ? photo.pixels : null });
  };
  return el("div", { class: isAlone ? "album single" : "album" }, ...photos.map(show));
}

/** A command's first word is set apart from what follows it. */
function textView(text) {
  const [, command, rest] = /^(\/\p{L}+)?([^]*)$/u.exec(text);
  return el(
    "p",
    { dir: "auto", class: "text" },
    command ? el("span", { class: "command", text: command }) : null,
    rest,
  );
}

function underline(entry, actions) {
  const line = el("div", { class: "underline" });
  if (entry.state === "sending")
    line.append(el("progress", { max: "1", value: "0", "aria-label": t("message.sending") }));
  else if (entry.state === "waiting")
    line.append(el("p", { class: "waiting", role: "status", text: t("message.waiting") }));
  else if (entry.state === "failed") line.append(failure(entry));
  else if (entry.photos.some((photo) => photo.url))
    line.append(askButton(entry, actions), entry.text.startsWith("/") ? "" : rememberButton(entry, actions));
  return line;
}

/** Under whatever shows a photo: write the next message about that one. */
export function askButton(entry, actions) {
  const click = () => actions.reply(entry);
  return el("button", { type: "button", class: "link", on: { click } }, icon("reply"), t("message.ask"));
}

function rememberButton(entry, actions) {
  const click = () => actions.remember(entry);
  return el("button", { type: "button", class: "link", on: { click } }, icon("remember"), t("message.remember"));
}

function failure(entry) {
  const again = el("button", {
    type: "button",
    class: "link",
    text: t("page.try_again"),
    on: { click: entry.again },
  });
  return el("p", { class: "failure", role: "alert" }, `${entry.why} `, again);
}
