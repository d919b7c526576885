/** The photos that go with the next message: picked, dropped, pasted or taken; each can be taken out again. */

import { byId, el, iconButton } from "../dom.js";
import { picture, tile } from "../talk/pictures.js";
import { t } from "../strings.js";
import { prepared, tooLarge } from "./photo.js";

const IMAGE = /\.(jpe?g|png|webp|gif|heic|heif|avif|jxl)$/i;
const UNREAD = /\/(tiff|bmp|svg\+xml)$|\.(tiff?|bmp|svg)$/i; // pictures that the server doesn't read, however small
const ARCHIVE = /\.zip$/i;

/** The photo, with its width and height as soon as the browser has seen them. */
function measured(photo) {
  const image = new Image();
  image.addEventListener("load", () => (photo.pixels = [image.naturalWidth, image.naturalHeight]));
  image.src = photo.url;
  return photo;
}

export class Tray {
  /**
   * @param {{photos: number, photoBytes: number, fileBytes: number}} limits
   * @param {(sentence: string) => void} complain
   * @param {() => void} onChange
   */
  constructor(limits, complain, onChange) {
    Object.assign(this, { limits, complain, onChange, photos: [] });
    this.inputs = [byId("pick"), byId("camera")];
    for (const input of this.inputs) input.addEventListener("change", () => this.gather());
    addEventListener("paste", (event) => this.paste(event));
    this.setUpDrop();
  }

  /** Take what the inputs hold: just picked, or before this script ran (no `change` tells of those again). */
  gather() {
    for (const input of this.inputs) {
      if (input.files.length) this.add(input.files);
      input.value = "";
    }
  }

  /** Add files, as many as fit; says which don't, and why. */
  add(files) {
    const objections = new Set();
    const object = (why) => this.complain([...objections.add(why)].join(" "));
    this.complain("");
    for (const file of files) {
      const why = this.objection(file);
      if (why) object(why);
      else this.photos.push(this.picked(file, object));
    }
    this.render();
    byId("text").focus();
  }

  /** A photo that stands in the tray at once; it can be sent when it is `ready`, and goes again if it can't be. */
  picked(file, object) {
    const photo = measured({ file, url: URL.createObjectURL(file), name: file.name || "photo" });
    photo.ready = this.prepare(photo);
    photo.ready.catch((problem) => {
      if (!this.photos.includes(photo)) return; // it is on its way: its message says so
      object(problem.message);
      this.remove(photo);
    });
    return photo;
  }

  async prepare(photo) {
    if (ARCHIVE.test(photo.name)) return;
    photo.file = await prepared(photo.file, this.limits.photoBytes);
    URL.revokeObjectURL(photo.url);
    photo.url = URL.createObjectURL(photo.file);
    if (this.photos.includes(photo)) this.render();
  }

  objection(file) {
    const archive = ARCHIVE.test(file.name);
    const most = this.limits.fileBytes; // of a photo before it is made smaller, too
    const picture = file.type.startsWith("image/") || IMAGE.test(file.name);
    if (!archive && (!picture || UNREAD.test(file.type) || UNREAD.test(file.name)))
      return t("tray.no_picture", { name: file.name });
    if (this.photos.length >= this.limits.photos)
      return t("tray.too_many", { count: this.limits.photos });
    if (file.size > most) return tooLarge(file.name, file.size, archive ? most : this.limits.photoBytes);
    if (file.size === 0) return t("tray.empty", { name: file.name });
    return "";
  }

  /** Hand the photos over and start anew; the object URLs live on with the message. */
  take() {
    const { photos } = this;
    this.photos = [];
    this.render();
    return photos;
  }

  remove(photo) {
    URL.revokeObjectURL(photo.url);
    this.photos = this.photos.filter((other) => other !== photo);
    this.render();
    byId("text").focus();
  }

  /** What the pictures measure, as far as it is known, as "640x480,1024x768". */
  static sizes(photos) {
    const frames = photos.filter((photo) => !ARCHIVE.test(photo.name)).map((photo) => photo.pixels);
    return frames.map((pixels) => pixels?.join("x") ?? "").join(",");
  }

  render() {
    const list = byId("tray");
    list.hidden = this.photos.length === 0;
    list.replaceChildren(...this.photos.map((photo) => this.thumbnail(photo)));
    this.onChange();
  }

  thumbnail(photo) {
    const shown = ARCHIVE.test(photo.name)
      ? tile(photo.name, photo.file.size)
      : picture({ ...photo, pixels: null, alt: photo.name, still: true });
    return el(
      "li",
      {},
      shown,
      iconButton("close", t("tray.remove", { name: photo.name }), () => this.remove(photo)),
    );
  }

  paste(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    this.add(files);
  }

  setUpDrop() {
    const cover = byId("drop");
    const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
    addEventListener("dragover", (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      cover.hidden = false;
    });
    addEventListener("dragleave", (event) => {
      if (event.relatedTarget === null) cover.hidden = true;
    });
    addEventListener("drop", (event) => {
      cover.hidden = true;
      if (!carriesFiles(event)) return;
      event.preventDefault();
      this.add(event.dataTransfer.files);
    });
  }
}
