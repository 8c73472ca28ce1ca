/** A test as its source names it. A loop around it, or `each`, makes it no more than one. */
export interface NamedTest {
  /** With the titles of the groups around it, the outermost first. */
  readonly title: string
  readonly line: number
  /** The promises that its title or a group's names, ascending. */
  readonly invariants: ReadonlyArray<number>
}

/** What the source of a test file says about promises. */
export interface Titles {
  readonly tests: ReadonlyArray<NamedTest>
  /** Titles that mean a promise, but of which no number can be read. */
  readonly unreadable: ReadonlyArray<string>
}

/** One call of `it`, `test` or `describe`, as it stands in the text. */
interface Declaration {
  readonly isGroup: boolean
  /** It is not run, or expected to fail: it holds nothing. */
  readonly isIdle: boolean
  readonly title: string
  readonly from: number
  /** Where its group ends; of a test: where it begins. */
  readonly to: number
}

/** Reads the titles of a test file from its text, which prettier has formatted. */
export const titlesOf = (text: string): Titles => {
  const declarations = declarationsIn(text)
  const tests: Array<NamedTest> = []
  for (const declaration of declarations) {
    if (declaration.isGroup) continue
    const around = declarations.filter(
      ({ from, isGroup, to }) => isGroup && from < declaration.from && declaration.from < to
    )
    const chain = [...around, declaration]
    if (chain.some(({ isIdle }) => isIdle)) continue
    const title = chain.map((part) => part.title).join(" > ")
    const line = text.slice(0, declaration.from).split("\n").length
    tests.push({ title, line, invariants: invariantsIn(title) })
  }
  const unreadable = declarations.map(({ title }) => title).filter((title) => /INV-(?!\d)/.test(title))
  return { tests, unreadable }
}

/** The numbers in a title: `INV-3`, `INV-1, INV-3`, `INV-20 to INV-25`. */
export const invariantsIn = (title: string): ReadonlyArray<number> => {
  const numbers = new Set<number>()
  for (const [, first, last = first] of title.matchAll(/INV-(\d+)(?: to INV-(\d+))?/g)) {
    for (let number = Number(first); number <= Number(last); number++) numbers.add(number)
  }
  return [...numbers].toSorted((a, b) => a - b)
}

const declarationPattern = /(?<![\w.$"'`])(it|test|describe)((?:\.\w+)*)\(/g

const declarationsIn = (text: string): ReadonlyArray<Declaration> => {
  const found: Array<Declaration> = []
  for (const match of text.matchAll(declarationPattern)) {
    const [whole, callee, modifiers = ""] = match
    if (isInComment(text, match.index)) continue
    const takesTable = /\.(?:each|for|skipIf|runIf)$/.test(modifiers)
    const opening = takesTable ? afterParentheses(text, match.index + whole.length) : match.index + whole.length
    const title = opening === undefined ? undefined : stringAt(text, opening)
    if (title === undefined) continue
    const isGroup = callee === "describe"
    const isIdle = /\.(?:skip|todo|fails)\b/.test(modifiers)
    const to = isGroup ? endOfBlock(text, match.index) : match.index
    found.push({ isGroup, isIdle, title, from: match.index, to })
  }
  return found
}

const isInComment = (text: string, index: number): boolean => {
  const before = text.slice(text.lastIndexOf("\n", index) + 1, index)
  return /^\s*\/?\*|\/\//.test(before)
}

/** Behind the `(` that follows the parenthesis in which `index` is; `undefined`: none follows. */
const afterParentheses = (text: string, index: number): number | undefined => {
  const rest = text.slice(index)
  let depth = 1
  for (const { 0: token, index: at } of rest.matchAll(
    /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|[()]/gs
  )) {
    if (token === "(") depth++
    if (token === ")") depth--
    if (depth === 0) return rest[at + 1] === "(" ? index + at + 2 : undefined
  }
  return undefined
}

/** The string literal that begins at `index`, spaces left out; of a template the text as it is written. */
const stringAt = (text: string, index: number): string | undefined => {
  const [, quote, written] = /^\s*(["'`])((?:\\.|(?!\1)[^\\])*)\1/s.exec(text.slice(index)) ?? []
  return quote === undefined ? undefined : written?.replaceAll(/\\(.)/gs, "$1")
}

/** Where the block ends that begins on the line of `index`: prettier puts its end under its beginning. */
const endOfBlock = (text: string, index: number): number => {
  const start = text.lastIndexOf("\n", index) + 1
  const [indent = ""] = /^ */.exec(text.slice(start)) ?? []
  const end = text.slice(index).search(new RegExp(`\n${indent}[^ \n]`))
  return end < 0 ? text.length : index + end
}
