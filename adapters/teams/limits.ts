/** What Teams takes, and what is kept below it (chat.md, "Cards"). */
export const limits = {
  /** Of a whole card, in bytes of JSON. The platform takes about 100 KB a message. */
  cardBytes: 28 * 1024,
  /** Characters of one text. */
  text: 3_000,
  heading: 150,
  altText: 1_000,
  button: 75,
  label: 500,
  option: 150,
  inputText: 3_000,
  /** Buttons of one block, and how many of them Teams puts beside each other. */
  actions: 25,
  actionsInARow: 6,
  /** Beside one line of a list; the others are in its menu. */
  besideARow: 2,
  /** What `summary`, `fallbackText` and `speak` are cut to. */
  summary: 800,
  /** Options that are chosen from a short list; more are looked for as one types. */
  shortList: 100,
  switches: 10,
  facts: 30,
} as const;
