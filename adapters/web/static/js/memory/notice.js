/** What a change of the gallery's answered, with its buttons: this is where Undo is, as long as it can be done. */

import { el, iconButton } from "../dom.js";
import { t } from "../strings.js";

const SECOND = 1000;
const ERASES = /^\/(forget|forgetall|remove)\b/; // for good, when the time to take it back is over

export class Notice {
  /** @param {number} undoSeconds how long forgetting can be taken back @param {(value: string) => void} press */
  constructor(undoSeconds, press) {
    Object.assign(this, { undoSeconds, press });
    this.element = el("div", { class: "notice", role: "status", hidden: true });
  }

  show(reply, command) {
    clearInterval(this.ticking);
    const left = el("span", { class: "left", "aria-hidden": "true" });
    const buttons = reply.buttons.map(({ label, value }) => this.button(label, value));
    this.element.replaceChildren(
      el("p", { dir: "auto", text: reply.text }),
      ...buttons,
      left,
      iconButton("close", t("gallery.dismiss"), () => this.hide()),
    );
    this.element.hidden = false;
    if (ERASES.test(command) && buttons.length) this.countDown(left);
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

  /** When it is over, nothing of it can be read any more. */
  countDown(line) {
    const end = Date.now() + this.undoSeconds * SECOND;
    const tick = () => {
      const seconds = Math.ceil((end - Date.now()) / SECOND);
      if (seconds <= 0) this.hide();
      line.textContent = t("notice.seconds", { seconds });
    };
    tick();
    this.ticking = setInterval(tick, SECOND);
  }
}
