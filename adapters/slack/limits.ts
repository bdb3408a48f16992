/** Slack's limits that concern our messages, in characters or elements (chat.md, "Limits"). */
export const limits = {
  blocks: 50,
  sectionText: 3_000,
  fields: 10,
  fieldText: 2_000,
  headerText: 150,
  contextText: 2_000,
  buttonText: 75,
  buttonValue: 2_000,
  actionElements: 25,
  overflowOptions: 5,
  optionText: 75,
  messageText: 4_000,
} as const;
