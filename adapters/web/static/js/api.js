/** What the page asks of its server. */

import { t } from "./strings.js";

/** An error whose message is a sentence for the person. */
export class Problem extends Error {}

/** A problem that passes: the server can't be reached, or has too much to do just now. */
export class Postponed extends Problem {}

const NOT_THERE = new Set([502, 503, 504]); // what a proxy answers in the place of a server that is gone
const STALLED = 60_000; // milliseconds without a byte after which a connection counts as lost

/** The commands and limits. */
export const session = () => get("/api/session");

/** Everything a chat remembers, as the reply to /list. */
export const concepts = (chat) => get(`/api/chats/${chat}/concepts`);

/** One concept, as the reply to /show. */
export async function concept(chat, name) {
  const body = await get(`/api/chats/${chat}/concepts?${new URLSearchParams({ name })}`);
  if (body.missing) throw new Problem(body.missing);
  return body;
}

/** What the chat can choose, and has chosen. */
export const settings = (chat) => get(`/api/chats/${chat}/settings`);

/** Carry out a command that stays out of the conversation. @returns {Promise<any>} its reply; rejects with a Problem */
export function ask(chat, command, name, pressed = false) {
  const form = new FormData();
  form.append("text", command);
  form.append("name", name);
  form.append("pressed", String(pressed));
  return get(`/api/chats/${chat}/ask`, { method: "POST", body: form });
}

async function get(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Problem(t("page.lost"));
  }
  const body = await response.json().catch(() => ({}));
  check(response.status, body);
  return body;
}

function check(status, body) {
  if (status === 401) location.reload();
  if (status === 429) throw new Postponed(body.error ?? t("page.failed"));
  if (NOT_THERE.has(status) && !body.error) throw new Postponed(t("page.lost"));
  if (status >= 400) throw new Problem(body.error ?? t("page.failed"));
}

/**
 * Post a message; its reply comes over the feed. XMLHttpRequest, because fetch tells nothing of an upload's progress.
 * @param {string} chat
 * @param {{id: string, text: string, name: string, reply_to?: string, pressed?: boolean, label?: string, sizes?: string}} fields
 * @param {File[]} files
 * @param {(done: number) => void} [onProgress] from 0 to 1
 * @returns {Promise<void>} rejects with a Problem, a Postponed one where the same may go well later
 */
export function send(chat, fields, files, onProgress = () => {}) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) if (value) form.append(name, String(value));
  for (const file of files) form.append("files", file, file.name || "photo");
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/chats/${chat}/messages`);
    request.responseType = "json";
    let stalled = 0;
    const moving = () => {
      clearTimeout(stalled);
      stalled = setTimeout(() => request.abort(), STALLED);
    };
    request.upload.onprogress = (event) => {
      moving();
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    request.onloadend = () => clearTimeout(stalled);
    request.onerror = request.onabort = () => reject(new Postponed(t("page.lost")));
    request.onload = () => {
      try {
        check(request.status, request.response ?? {});
        resolve();
      } catch (error) {
        reject(error);
      }
    };
    moving();
    request.send(form);
  });
}
