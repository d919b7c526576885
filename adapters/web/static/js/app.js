/** The page: puts its parts together. */

import * as api from "./api.js";
import { Chats, load, save } from "./chats.js";
import { Composer } from "./compose/composer.js";
import { Conversation } from "./talk/conversation.js";
import { announce, byId, randomId, scriptUrl } from "./dom.js";
import { Feed } from "./feed.js";
import { Gallery } from "./memory/gallery.js";
import { renderHome } from "./memory/home.js";
import { Outbox } from "./outbox.js";
import { Panel } from "./panels.js";
import { Settings } from "./settings.js";
import { t } from "./strings.js";
import { Suggestions } from "./compose/suggestions.js";
import { closeViewer, setUpViewer } from "./talk/viewer.js";
import { Tray } from "./compose/tray.js";

const NAME_KEY = "rapport.name";
const VISITOR_KEY = "rapport.visitor";
const GRACE = 900;

class App {
  constructor({ commands, limits, who }) {
    const side = new Panel("chats", {
      opener: "open-chats",
      docked: "(min-width: 1180px)",
      startsOpen: true,
    });
    const wall = new Panel("gallery", {
      opener: "open-gallery",
      docked: "(min-width: 900px)",
      startsOpen: true,
    });
    // before the composer, so that Enter completes before it sends
    this.suggestions = new Suggestions(commands, () => this.gallery.names);
    this.composer = new Composer(limits, (draft) => this.say(draft));
    this.conversation = new Conversation({
      reply: (entry) => this.composer.reply(entry),
      remember: (entry) => this.rememberPhotoOf(entry),
      press: (entry, button) => this.press(entry, button),
      open: (name) => this.gallery.open(name),
    });
    this.unanswered = new Map(); // what was sent with photos or files, by its id: a program started anew lacks them
    // what is pressed (Stop, Undo) doesn't wait for a photo that is on its way
    [this.written, this.pressed] = [this.outbox(), this.outbox()];
    this.gallery = new Gallery(wall, {
      name: () => this.name,
      undoSeconds: limits.undoSeconds,
      add: () => this.introduce(wall),
      more: (name) => this.introduce(wall, name),
      changed: (cards) => {
        this.suggestions.refresh();
        renderHome(cards, (name) => this.gallery.open(name));
      },
    });
    this.settings = new Settings(
      () => this.chat,
      () => this.name,
      ({ label, value }) => this.post({ text: value, label, pressed: true }),
    );
    this.feed = new Feed({
      onHello: (hello) => this.hello(hello),
      onEntry: (entry) => this.take(entry),
      onChanged: () => this.changed(),
      onState: (open) => {
        this.showConnection(open);
        if (open) this.retry();
      },
    });
    this.chats = new Chats((chat) => {
      if (side.isModal) side.close();
      this.follow(chat);
    });
    this.setUpButtons(wall);
    this.showWho(who);
    setUpViewer();
    this.chats.open();
  }

  /** What the visitor is called. */
  get name() {
    return byId("my-name").value.trim();
  }

  setUpButtons(wall) {
    byId("try-it").addEventListener("click", () => this.introduce(wall));
    byId("try-help").addEventListener("click", () => this.post({ text: "/help" }));
    byId("copy-link").addEventListener("click", () => this.copyLink());
    byId("connection")
      .querySelector("button")
      .addEventListener("click", () => {
        this.feed.retry();
        this.retry();
      });
    const name = byId("my-name");
    name.value = load(NAME_KEY, "");
    name.addEventListener("change", () => save(NAME_KEY, name.value.trim()));
  }

  /** Say whether the owner is here or a visitor, and how to become the one or leave. */
  showWho({ owner, signedIn, mayBecomeOwner }) {
    const visitor = mayBecomeOwner ? `${t("who.visitor")} ${t("who.how")}` : t("who.visitor");
    byId("who").textContent = owner ? t("who.owner") : visitor;
    byId("sign-out").hidden = !signedIn;
    const note = byId("visitor");
    note.hidden = !mayBecomeOwner || load(VISITOR_KEY, "") === "seen";
    note.querySelector("button").addEventListener("click", () => {
      save(VISITOR_KEY, "seen");
      note.hidden = true;
      byId("text").focus();
    });
    if (owner) save(VISITOR_KEY, "");
  }

  /** Put a chat on show; its name may have changed while it is. */
  follow(chat) {
    byId("title").textContent = chat.name;
    document.title = `${chat.name} · Rapport`;
    if (chat.id === this.chat) return;
    this.chat = chat.id;
    this.unanswered.clear();
    this.conversation.ready = false;
    this.conversation.clear();
    this.composer.follow(chat.id);
    this.feed.follow(chat.id);
    this.gallery.follow(chat.id);
  }

  hello({ again, fresh, gap }) {
    if (again && fresh) {
      this.conversation.startedAnew();
      this.gallery.refresh();
    }
    if (gap) this.conversation.note(t("log.gap"));
    this.conversation.ready = true;
    this.conversation.refreshEmptiness();
  }

  take(entry) {
    this.conversation.put(entry);
    if (entry.kind === "reply" && entry.final) this.sendAgain(entry);
    if (entry.own) for (const line of [this.written, this.pressed]) line.arrived(entry.id);
    // something that it showed was forgotten: it may stand above what is being written
    if (entry.redacted && this.composer.replyTo?.id === entry.id) this.composer.reply(null);
  }

  /** Where a reply asks for what a message came with, and it is still here, it is sent again as the same message. */
  sendAgain(reply) {
    const sent = this.unanswered.get(reply.to);
    this.unanswered.delete(reply.to);
    if (!reply.wanting || !sent) return;
    this.conversation.remove(reply.id);
    this.post(sent, reply.to);
  }

  /** The chat knows or has chosen something else now, by whatever way; once for a row of changes. */
  changed() {
    clearTimeout(this.refreshing);
    this.refreshing = setTimeout(() => {
      this.gallery.refresh();
      this.settings.refresh();
    }, 60);
  }

  say({ text, photos, replyTo }) {
    if (text === "/logout" && !byId("sign-out").hidden) byId("sign-out").requestSubmit();
    else if (text === "/logout") this.flash(t("who.not_signed_in"));
    else this.post({ text, photos, replyTo: replyTo?.id });
  }

  press(entry, button) {
    closeViewer();
    this.conversation.take(entry.id, button.value);
    this.post({ text: button.value, label: button.label, pressed: true, replyTo: entry.id });
  }

  /** Show a message at once and send it; it stays, with a way to try again, when it is refused. */
  post({ text, photos = [], replyTo, pressed = false, label = "" }, id = randomId()) {
    const { chat, conversation } = this;
    const sent = {
      id,
      kind: "message",
      own: true,
      at: new Date().toISOString(),
      text,
      pressed,
      label,
      reply_to: replyTo,
    };
    const shown = photos.filter(({ name }) => !/\.zip$/i.test(name));
    const files = photos
      .filter((photo) => !shown.includes(photo))
      .map(({ url, name, file }) => ({ url, name, size: file.size }));
    const again = () => {
      conversation.remove(id);
      this.post({ text, photos, replyTo, pressed, label }, id);
    };
    conversation.put({ ...sent, photos: shown, files, state: "sending", again });
    if (photos.length) this.unanswered.set(id, { text, photos, replyTo, pressed, label });
    const { name } = this;
    const fields = () => ({ id, text, name, reply_to: replyTo, pressed, label, sizes: Tray.sizes(photos) });
    (pressed ? this.pressed : this.written).post({ id, chat, photos, fields, text, replyTo, pressed });
  }

  /** A line of messages on their way, shown where they stand in the conversation. */
  outbox() {
    const { conversation } = this;
    return new Outbox(
      ({ id, text, replyTo, pressed, chat, arrived }, state, why) => {
        if (state === "sent" && !arrived && chat === this.chat) this.feed.expect(id);
        if (pressed && state === "failed") conversation.release(replyTo, text);
        conversation.change(id, { state, why });
      },
      (id, done) => conversation.progress(id, done),
    );
  }

  /** The server can be reached again: send what waits for it. */
  retry() {
    this.written.retry();
    this.pressed.retry();
  }

  /** Begin to say who it is, and ask for a photo. */
  introduce(wall, name = "") {
    if (wall.isModal) wall.close();
    this.composer.reply(null);
    this.composer.write(t("composer.this_is", { name }));
    byId("pick").click();
  }

  rememberPhotoOf(entry) {
    this.composer.reply(entry);
    this.composer.write(t("composer.this_is", { name: "" }));
  }

  /** A short gap is nobody's business. */
  showConnection(open) {
    clearTimeout(this.losing);
    const line = byId("connection");
    if (open) line.hidden = true;
    else
      this.losing = setTimeout(() => {
        line.querySelector("span").textContent = t("connection.lost");
        line.hidden = false;
      }, GRACE);
  }

  async copyLink() {
    const link = this.chats.link();
    try {
      await navigator.clipboard.writeText(link);
      announce(t("chats.link_copied"));
      this.flash(t("chats.link_copied"));
    } catch {
      this.flash(link);
    }
  }

  flash(text) {
    const line = byId("problem");
    this.composer.complain(text);
    line.classList.add("good");
    setTimeout(() => {
      if (line.textContent === text) this.composer.complain("");
      line.classList.remove("good");
    }, 6000);
  }
}

/** The service worker brings the offline page, and lets a phone install the page as an app. */
function register() {
  if (!navigator.serviceWorker) return;
  navigator.serviceWorker.register(scriptUrl("/sw.js")).catch(() => {}); // it can do without
}

register();
try {
  new App(await api.session());
} catch (problem) {
  byId("main").inert = false;
  byId("problem").hidden = false;
  byId("problem").textContent = problem.message;
  throw problem;
}
