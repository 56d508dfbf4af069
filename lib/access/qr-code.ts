import qrcode from "qrcode-generator";

/** A QR code to draw: a square of `size` units, and the path of its dark ones as SVG has it. */
export type QrCode = { size: number; path: string };

/** Light units around it that a camera needs (ISO/IEC 18004, 7.3.9). */
const quiet = 4;

/** Draws a text as a QR code that survives a smudge of 15 %. */
export function drawQrCode(text: string): QrCode {
  const code = qrcode(0, "M");
  code.addData(text);
  code.make();
  const count = code.getModuleCount();
  let path = "";
  for (let row = 0; row < count; row++) {
    for (let column = 0; column < count; column++) {
      if (code.isDark(row, column)) path += `M${column + quiet} ${row + quiet}h1v1h-1z`;
    }
  }
  return { size: count + 2 * quiet, path };
}
