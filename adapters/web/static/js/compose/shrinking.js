/** A worker's script: makes photos smaller, one at a time, so that an album of large ones doesn't fill the memory. */

let last = Promise.resolve();

onmessage = ({ data: { id, photo, most } }) => {
  last = last.then(async () => postMessage({ id, small: await shrunk(photo, most).catch(() => null) }));
};

/**
 * An upright JPEG of at most so many pixels, transparency on white as the server has it; null when there aren't more,
 * and for a GIF, which may move. Rejects when the browser can't open it.
 */
async function shrunk(photo, most) {
  if ((await photo.slice(0, 3).text()) === "GIF") return null;
  const picture = await createImageBitmap(photo, { imageOrientation: "from-image" });
  const { width, height } = picture;
  const scale = Math.sqrt(most / (width * height));
  if (scale >= 1) {
    picture.close();
    return null;
  }
  const sheet = new OffscreenCanvas(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)));
  const pen = sheet.getContext("2d", { alpha: false });
  pen.fillStyle = "white";
  pen.fillRect(0, 0, sheet.width, sheet.height);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(picture, 0, 0, sheet.width, sheet.height);
  picture.close();
  return sheet.convertToBlob({ type: "image/jpeg", quality: 0.9 });
}
