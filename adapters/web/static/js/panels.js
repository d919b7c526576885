/** The list of chats and the gallery: beside the conversation where there is room, over it where there isn't. */

import { byId } from "./dom.js";
import { lay, lift } from "./layers.js";

const OTHERS = { chats: ["main", "gallery"], gallery: ["main", "chats"] };

export class Panel {
  /**
   * @param {"chats"|"gallery"} id
   * @param {{opener: string, docked: string, startsOpen: boolean}} options `docked` is the media query under
   *   which it stands beside the conversation
   */
  constructor(id, { opener, docked, startsOpen }) {
    this.panel = byId(id);
    this.opener = byId(opener);
    this.others = OTHERS[id].map(byId);
    this.back = () => this.close();
    this.docked = matchMedia(docked);
    this.set(startsOpen && this.docked.matches);
    this.opener.addEventListener("click", () => this.toggle());
    this.panel.addEventListener(
      "click",
      (event) => event.target.closest("[data-close-panel]") && this.close(),
    );
    this.docked.addEventListener("change", () => this.set(startsOpen && this.docked.matches));
    byId("backdrop").addEventListener("click", () => this.isModal && this.close());
    document.addEventListener("keydown", (event) => {
      const elsewhere = event.defaultPrevented || document.querySelector("dialog[open]");
      if (event.key === "Escape" && this.isModal && !elsewhere) this.close();
    });
  }

  get isModal() {
    return this.isOpen && !this.docked.matches;
  }

  open() {
    this.set(true);
    this.panel.focus();
  }

  close() {
    const had = this.panel.contains(document.activeElement);
    this.set(false);
    if (had) this.opener.focus();
  }

  toggle() {
    if (this.isOpen) this.close();
    else this.open();
  }

  set(open) {
    this.isOpen = open;
    this.panel.hidden = !open;
    this.opener.setAttribute("aria-expanded", String(open));
    this.panel.classList.toggle("modal", this.isModal);
    for (const other of this.others) other.inert = this.isModal;
    byId("backdrop").hidden = !this.isModal;
    if (this.isModal) lay(this.back);
    else lift(this.back);
  }
}
