/** Pictures: in a message, under a reply, and large. */

import { byId, el, icon, megabytes } from "../dom.js";
import { t } from "../strings.js";

/**
 * A picture that opens large when pressed. One that this browser can't show (HEIC, a broken file) becomes a
 * quiet tile with its name.
 * @param {{url: string, name: string, alt: string, caption?: string, large?: boolean}} picture
 *   `caption` goes with it when it is large
 */
export function picture({ url, name, alt, caption = alt, large = true }) {
  const image = el("img", { src: url, alt, loading: "lazy", decoding: "async" });
  const frame = large
    ? el(
        "button",
        {
          type: "button",
          class: "picture",
          "aria-label": t("picture.enlarge", { name: alt }),
          on: { click: () => enlarge(url, alt, caption) },
        },
        image,
      )
    : el("span", { class: "picture" }, image);
  image.addEventListener("error", () => {
    const gone = url.startsWith("/api/") && !/\.hei[cf]$/i.test(name);
    frame.replaceWith(tile(gone ? t("message.gone") : name));
  });
  return frame;
}

/** A file that has no picture: its name, and its size if known. */
export function tile(name, size) {
  const label = el("span", { class: "tile-name", dir: "auto", text: name });
  return el(
    "span",
    { class: "tile", title: name },
    icon("file"),
    label,
    size !== undefined && el("small", { text: megabytes(size) }),
  );
}

/** A link that saves a file. */
export function download({ url, name, size }) {
  const label = el("span", { dir: "auto", text: name });
  return el(
    "a",
    { class: "button download", href: url, download: name },
    icon("download"),
    label,
    el("small", { text: megabytes(size) }),
  );
}

/** Show a picture over everything else; Escape, the button or a press beside it closes it. */
function enlarge(url, alt, caption) {
  const viewer = byId("viewer");
  const image = viewer.querySelector("img");
  image.src = url;
  image.alt = alt;
  viewer.querySelector(".caption").textContent = caption;
  viewer.showModal();
}

/** Show no picture large any more. */
export const closeViewer = () => byId("viewer").close();

/** Let the viewer close. */
export function setUpViewer() {
  const viewer = byId("viewer");
  viewer.querySelector("button").addEventListener("click", () => viewer.close());
  viewer.addEventListener("click", (event) => event.target === viewer && viewer.close());
  viewer.addEventListener("close", () => {
    viewer.querySelector("img").removeAttribute("src");
    viewer.querySelector("img").alt = viewer.querySelector(".caption").textContent = "";
  });
}
