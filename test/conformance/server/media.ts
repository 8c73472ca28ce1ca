/** The smallest valid files of their kind, in base64. */

/** A PNG of one red pixel. */
export const redPixel =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="

/** A WAV of no samples: 44 bytes of header, one channel, 8 bits, 8 kHz. */
export const silence = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA="

/** A result of one line of text. */
export const said = (text: string): { content: Array<{ type: "text"; text: string }> } => ({
  content: [{ type: "text", text }]
})
