/** What a change of the gallery's answered, with its buttons: this is where Undo is, as long as it can be done. */

import { el, iconButton } from "../dom.js";
import { t } from "../strings.js";

const SECOND = 1000;
const READ = 8; // seconds in which it is read
const ERASES = /^\/(forget|forgetall|remove|retell)\b/; // for good, when the time to take it back is over

export class Notice {
  /** @param {number} undoSeconds how long forgetting can be taken back @param {(value: string) => void} press */
  constructor(undoSeconds, press) {
    Object.assign(this, { undoSeconds, press });
    this.element = el("div", { class: "notice", role: "status", hidden: true });
  }

  /** A refusal never takes the place of what can still be undone: it is said beside it. */
  show(reply, command) {
    const refused = reply.failed || reply.private;
    if (refused && this.element.querySelector(".ways button:enabled")) {
      this.element.querySelector(".refused").textContent = reply.text;
      return;
    }
    clearInterval(this.ticking);
    const left = el("span", { class: "left", "aria-hidden": "true" });
    const buttons = reply.buttons.map(({ label, value }) => this.button(label, value));
    this.element.replaceChildren(
      el("p", { dir: "auto", text: reply.text }),
      iconButton("close", t("gallery.dismiss"), () => this.hide()),
      buttons.length ? el("div", { class: "ways" }, ...buttons, left) : "",
      el("p", { class: "refused", dir: "auto" }),
    );
    this.element.hidden = false;
    this.countDown(buttons.length ? Math.max(this.undoSeconds, READ) : READ, ERASES.test(command) && buttons.length ? left : null);
  }

  hide() {
    clearInterval(this.ticking);
    this.element.hidden = true;
    this.element.replaceChildren();
  }

  button(label, value) {
    const button = el("button", { type: "button", class: "link", text: label });
    button.addEventListener("click", () => {
      button.disabled = true;
      this.press(value);
    });
    return button;
  }

  /** It leaves after so many seconds; with a `line` that tells them nothing can be undone then, else it waits while it is used. */
  countDown(most, line) {
    const end = Date.now() + (line ? this.undoSeconds : most) * SECOND;
    const tick = () => {
      const seconds = Math.ceil((end - Date.now()) / SECOND);
      if (line) line.textContent = t("notice.seconds", { seconds });
      if (seconds <= 0 && (line || !this.element.matches(":hover, :focus-within"))) this.hide();
    };
    tick();
    this.ticking = setInterval(tick, SECOND);
  }
}
