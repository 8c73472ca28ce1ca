/**
 * Characters nobody can see: controls, tags, variation selectors, directional marks and overrides, fillers, zero-width
 * space and joiners of words. They carry instructions to a model past the person who approves the tool. What stays is
 * what text needs: tab and ends of lines, ZWJ and ZWNJ for scripts and emoji, and the two selectors that choose between
 * text and emoji (FE0E, FE0F).
 */
const hidden = new RegExp(
  [
    String.raw`[^\P{Cc}\t\n\r]`,
    String.raw`[\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B\u200E\u200F\u202A-\u202E]`,
    String.raw`[\u2060-\u206F\u3164\uFE00-\uFE0D\uFEFF\uFFA0\uFFF0-\uFFFB\u{1BCA0}-\u{1BCA3}\u{1D173}-\u{1D17A}]`,
    String.raw`[\u{E0000}-\u{E0FFF}]`
  ].join("|"),
  "gu"
)

export const hasHidden = (words: string): boolean => words.search(hidden) >= 0

/** A backend's words about itself, with nothing in them that can't be seen. */
export const visible = (words: string): string => words.replaceAll(hidden, "")
