/* The service worker: where Rapport can't be reached it shows the offline page. It keeps no chat and no photo. */

const KEPT = "rapport-offline-1";
const OFFLINE = "/offline";
const FILES = [OFFLINE, "/static/css/style.css", "/static/css/login.css", "/static/favicon.svg"];

addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(FILES)));
});

addEventListener("activate", (event) => {
  const old = (names) => Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name)));
  event.waitUntil(caches.keys().then(old));
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const path = new URL(request.url).pathname;
  if (request.mode === "navigate")
    event.respondWith(fetch(request).catch(() => caches.match(OFFLINE)));
  else if (FILES.includes(path)) event.respondWith(fetch(request).catch(() => caches.match(request)));
});
