/** Messages on their way to the server, one after the other; what doesn't get there goes again by itself. */

import { Postponed, send } from "./api.js";
import { bytesOf } from "./compose/photo.js";

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 15000;

/** @typedef {{id: string, chat: string, fields: () => any, photos: {file: File, ready: Promise<void>}[]}} Outgoing */

export class Outbox {
  /**
   * @param {(message: any, state: "sending"|"waiting"|"sent"|"failed", why?: string) => void} onState
   * @param {(id: string, done: number) => void} onProgress
   */
  constructor(onState, onProgress) {
    Object.assign(this, { onState, onProgress, line: [], wait: FIRST_WAIT });
    this.retry = () => {};
    this.waiting = false; // for the server, or for it to have time
  }

  /** Send a message when those before it are there, as often as it takes: the server takes each id once. @param {Outgoing} message */
  async post(message) {
    this.line.push(message);
    if (this.waiting) this.onState(message, "waiting");
    if (this.line.length > 1) return;
    while (this.line.length) {
      if (await this.over(this.line[0])) this.line.shift();
      else await this.pause();
    }
  }

  /** The server has it, even if its answer to us got lost. */
  arrived(id) {
    const message = this.line.find((one) => one.id === id);
    if (!message) return;
    message.arrived = true;
    this.retry();
  }

  /** Try to send it; false when it must be tried again. */
  async over(message) {
    if (message.arrived) return true;
    try {
      await Promise.all(message.photos.map((photo) => photo.ready));
      const files = message.photos.map((photo) => photo.file);
      await Promise.all(files.map((file) => bytesOf(file.slice(0, 1), file.name))); // an archive isn't read before
      await send(message.chat, message.fields(), files, (done) => this.progress(message, done));
    } catch (problem) {
      if (message.arrived) return true;
      if (problem instanceof Postponed) {
        this.waiting = true;
        for (const one of this.line) this.onState(one, "waiting");
        return false;
      }
      this.onState(message, "failed", problem.message);
      return true;
    }
    this.wait = FIRST_WAIT;
    this.waiting = false;
    this.onState(message, "sent");
    return true;
  }

  progress(message, done) {
    if (this.waiting) this.onState(message, "sending");
    this.waiting = false;
    this.onProgress(message.id, done);
  }

  /** Wait until it's worth another try: `retry` ends it. */
  pause() {
    const wait = this.wait * (0.75 + Math.random() / 2);
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
    return new Promise((resolve) => {
      this.retry = () => resolve(undefined);
      setTimeout(resolve, wait);
    });
  }
}
