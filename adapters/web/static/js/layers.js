/** What lies over the page: sheets, dialogs, the opened card. Each has a place in the browser's history: Back closes it. */

const layers = [];
let moving = false;

history.replaceState(null, ""); // of a page that was loaded again nothing lies over it
addEventListener("popstate", () => {
  if (!moving) while (layers.length > depth()) layers.pop()();
  moving = false;
  settle();
});

const depth = () => history.state?.layers ?? 0;

/** Let the history have as many places as there are layers; going back takes a while, and only one way at a time. */
function settle() {
  if (moving) return;
  for (let count = depth() + 1; count <= layers.length; count++)
    history.pushState({ layers: count }, "");
  if (depth() > layers.length) {
    moving = true;
    history.go(layers.length - depth());
  }
}

/** Something was laid over the page, which `close` takes away. */
export function lay(close) {
  if (layers.includes(close)) return;
  layers.push(close);
  setTimeout(settle);
}

/** It was taken away, in whatever way. */
export function lift(close) {
  const at = layers.indexOf(close);
  if (at < 0) return;
  layers.splice(at, 1);
  setTimeout(settle);
}

/** Show a dialog over everything; a press beside it closes it, too. */
export function showDialog(dialog) {
  if (dialog.open) return;
  const close = () => dialog.close();
  const beside = (event) => event.target === dialog && dialog.close();
  dialog.addEventListener("click", beside);
  dialog.addEventListener(
    "close",
    () => {
      dialog.removeEventListener("click", beside);
      lift(close);
    },
    { once: true },
  );
  dialog.showModal();
  lay(close);
}
