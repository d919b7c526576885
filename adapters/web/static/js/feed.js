/** Everything that happens in one chat, as it happens; comes back by itself with what was missed. */

import { session } from "./api.js";

const FIRST_WAIT = 400;
const LONGEST_WAIT = 8000;
const UNHEARD = 8000; // milliseconds within which what we have sent ourselves comes back

export class Feed {
  /**
   * @param {{onHello: (hello: {again: boolean, fresh: boolean, gap: boolean}) => void,
   *          onEntry: (entry: any) => void, onChanged: () => void, onState: (open: boolean) => void}} listener
   */
  constructor(listener) {
    this.listener = listener;
    this.wait = FIRST_WAIT;
    this.expected = new Map(); // timers, by the ids of what is to come
    addEventListener("online", () => this.retry());
    document.addEventListener("visibilitychange", () => document.hidden || this.retry());
  }

  /** Follow a chat from its beginning, and leave the one before. */
  follow(chat) {
    this.chat = chat;
    this.epoch = null;
    this.after = 0;
    this.connect();
  }

  /** Connect now if the connection is lost. */
  retry() {
    if (this.chat && this.socket?.readyState !== WebSocket.OPEN && this.timer) this.connect();
  }

  /** Something was accepted, and comes back here: if it doesn't, the connection is dead without knowing so. */
  expect(id) {
    this.expected.set(id, setTimeout(() => this.connect(), UNHEARD));
  }

  connect() {
    clearTimeout(this.timer);
    for (const timer of this.expected.values()) clearTimeout(timer);
    this.expected.clear();
    this.timer = null;
    this.drop();
    const query = new URLSearchParams({ after: String(this.after), epoch: this.epoch ?? "" });
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/api/chats/${this.chat}/events?${query}`);
    socket.onmessage = (event) => this.take(JSON.parse(event.data));
    socket.onclose = () => this.lost();
    this.socket = socket;
  }

  drop() {
    if (!this.socket) return;
    this.socket.onclose = this.socket.onmessage = null;
    this.socket.close();
  }

  take(entry) {
    if (entry.kind === "hello") {
      const again = this.epoch !== null;
      const fresh = this.epoch !== entry.epoch;
      if (fresh) this.after = 0;
      this.epoch = entry.epoch;
      this.wait = FIRST_WAIT;
      this.listener.onState(true);
      this.listener.onHello({ again, fresh, gap: entry.gap });
      return;
    }
    if (entry.kind === "changed") {
      this.listener.onChanged();
      return;
    }
    this.after = Math.max(this.after, entry.number);
    clearTimeout(this.expected.get(entry.id));
    this.expected.delete(entry.id);
    this.listener.onEntry(entry);
  }

  /** A socket doesn't say why it was refused; a plain question does, and reloads the page when we must sign in. */
  lost() {
    this.listener.onState(false);
    session().catch(() => {});
    this.timer = setTimeout(() => this.connect(), this.wait * (0.75 + Math.random() / 2));
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
  }
}
