/**
 * Walks a message's blocks with Slack's limits as the design page lists them, written apart from the adapter's.
 * Length counts as JavaScript counts it: an emoji is two.
 */

type Json = { readonly [key: string]: unknown };
const max = {
  blocks: 50,
  messageText: 4_000,
  section: 3_000,
  fields: 10,
  field: 2_000,
  header: 150,
  contextElements: 10,
  contextText: 2_000,
  actionElements: 25,
  button: 75,
  value: 2_000,
  overflow: 5,
  option: 75,
  optionValue: 150,
  id: 255,
  checkboxes: 10,
  label: 2_000,
  hint: 2_000,
  inputText: 3_000,
  selectOptions: 100,
  selectValue: 75,
} as const;

const listOf = (value: unknown): readonly Json[] => (Array.isArray(value) ? (value as Json[]) : []);

/** What Slack would refuse, or show other than it was meant; empty for a message that is fine. */
export function slackProblems(
  message: { readonly text: string; readonly blocks: readonly object[] },
  mostBlocks: number = max.blocks,
): string[] {
  const problems: string[] = [];
  const say = (problem: string): void => void problems.push(problem);
  const ids = new Set<string>();

  function measured(where: string, text: unknown, most: number): void {
    const words = typeof text === 'string' ? text : '';
    if (words.trim() === '') say(`${where} is empty`);
    if (words.length > most) say(`${where} has ${words.length} of ${most}`);
    if (!words.isWellFormed()) say(`${where} breaks an emoji`);
  }

  function textObject(where: string, object: unknown, most: number): void {
    const { type, text, emoji, verbatim } = (object ?? {}) as Json;
    measured(where, text, most);
    if (type === 'plain_text' && emoji !== false) say(`${where} would turn :words: into emoji`);
    if (type !== 'mrkdwn') return;
    if (verbatim !== true) say(`${where} would link by itself`);
    for (const fault of markupProblems(String(text))) say(`${where}: ${fault}`);
  }

  function uniqueId(where: string, id: unknown): void {
    measured(`${where} action_id`, id, max.id);
    if (ids.has(String(id))) say(`${where}: the action_id ${String(id)} is there twice`);
    ids.add(String(id));
  }

  function counted(where: string, list: readonly unknown[], most: number): void {
    if (list.length === 0) say(`${where} has no elements`);
    if (list.length > most) say(`${where} has ${list.length} of ${most} elements`);
  }

  function section(where: string, block: Json): void {
    if (block.text === undefined && block.fields === undefined) say(`${where} has neither text nor fields`);
    if (block.text !== undefined) textObject(where, block.text, max.section);
    if (block.fields !== undefined) counted(`${where} fields`, listOf(block.fields), max.fields);
    listOf(block.fields).forEach((field, at) => {
      textObject(`${where} field ${at}`, field, max.field);
    });
    if (block.accessory === undefined) return;
    const { action_id, options } = block.accessory as Json;
    uniqueId(where, action_id);
    counted(`${where} menu`, listOf(options), max.overflow);
    for (const option of listOf(options)) {
      textObject(`${where} option`, option.text, max.option);
      measured(`${where} option value`, option.value, max.optionValue);
    }
  }

  function actions(where: string, block: Json): void {
    counted(where, listOf(block.elements), max.actionElements);
    for (const element of listOf(block.elements)) {
      if (element.type !== 'button') {
        input(where, element);
        continue;
      }
      uniqueId(where, element.action_id);
      textObject(`${where} button`, element.text, max.button);
      measured(`${where} value`, element.value, max.value);
    }
  }

  /** What somebody types into or chooses from. */
  function input(where: string, element: Json): void {
    uniqueId(where, element.action_id);
    if (element.initial_value !== undefined) measured(`${where} value`, element.initial_value, max.inputText);
    if (element.options === undefined) return;
    const options = listOf(element.options);
    counted(where, options, element.type === 'checkboxes' ? max.checkboxes : max.selectOptions);
    for (const option of options) {
      textObject(`${where} option`, option.text, max.option);
      measured(`${where} option value`, option.value, max.selectValue);
      if (option.description !== undefined) textObject(`${where} hint`, option.description, max.option);
    }
    const known = options.map((option) => JSON.stringify(option));
    for (const chosen of [element.initial_option, ...listOf(element.initial_options)]) {
      if (chosen !== undefined && !known.includes(JSON.stringify(chosen)))
        say(`${where}: chosen, but no option`);
    }
  }

  function inputBlock(where: string, block: Json): void {
    measured(`${where} block_id`, block.block_id, max.id);
    textObject(`${where} label`, block.label, max.label);
    if (block.hint !== undefined) textObject(`${where} hint`, block.hint, max.hint);
    input(where, block.element as Json);
  }

  function context(where: string, block: Json): void {
    counted(where, listOf(block.elements), max.contextElements);
    for (const element of listOf(block.elements)) textObject(where, element, max.contextText);
  }

  measured('text', message.text, max.messageText);
  for (const fault of markupProblems(message.text)) say(`text: ${fault}`);
  counted('message', message.blocks, mostBlocks);
  message.blocks.forEach((given, at) => {
    const block = given as Json;
    const where = `block ${at} (${String(block.type)})`;
    if (block.type === 'section') section(where, block);
    else if (block.type === 'actions') actions(where, block);
    else if (block.type === 'context') context(where, block);
    else if (block.type === 'input') inputBlock(where, block);
    else if (block.type === 'header') textObject(where, block.text, max.header);
    else say(`${where} is of no known type`);
  });
  return problems;
}

/** Everything between `<` and `>` that our own parts may make: a link, a date, a person. */
const ours =
  /<(?:https?:\/\/[^<>|\s]+\|[^<>|]+|!date\^\d+\^[^<>|^]+\|\d{4}-\d\d-\d\d \d\d:\d\d UTC|@[A-Z0-9]+)>/gu;

function markupProblems(text: string): readonly string[] {
  const bare = text.replace(ours, '');
  const problems: string[] = [];
  if (/[<>]/u.test(bare))
    problems.push(`markup that is none of ours: ${bare.match(/.{0,20}[<>].{0,20}/u)?.[0]}`);
  if (/&(?!amp;|lt;|gt;)/u.test(bare)) problems.push('an & that is not escaped, or an entity cut in two');
  return problems;
}
