import { checkList, checkShape, checkString, checkText, type Problems } from './block-problems.ts';
import { ELEMENT_LIMITS } from './element-limits.ts';
import { isObject } from './json-object.ts';

type OptionRule = {
  readonly max: number;
  readonly value: number;
  readonly url: boolean;
  /** Checkboxes and radio buttons take mrkdwn too. */
  readonly mrkdwn?: boolean;
};

export function checkOptionGroups(
  problems: Problems,
  pointer: string,
  value: unknown,
  rule: OptionRule,
): void {
  const groups = checkList(problems, pointer, value, ELEMENT_LIMITS.selectGroups) ?? [];
  for (const [index, item] of groups.entries()) {
    const group = checkShape(problems, `${pointer}/${index}`, item, { required: ['label', 'options'] });
    if (!group) continue;
    const label = { max: ELEMENT_LIMITS.optionText, plainOnly: true };
    checkText(problems, `${pointer}/${index}/label`, group.label, label);
    checkOptions(problems, `${pointer}/${index}/options`, group.options, rule);
  }
}

export function checkOptions(problems: Problems, pointer: string, value: unknown, rule: OptionRule): void {
  if (value === undefined) return;
  const options = checkList(problems, pointer, value, rule.max) ?? [];
  for (const [index, item] of options.entries()) checkOption(problems, `${pointer}/${index}`, item, rule);
}

export function checkOption(problems: Problems, pointer: string, value: unknown, rule: OptionRule): void {
  const option = checkShape(problems, pointer, value, {
    required: ['text', 'value'],
    optional: ['description', ...(rule.url ? ['url'] : [])],
  });
  if (!option) return;
  const text = { max: ELEMENT_LIMITS.optionText, plainOnly: rule.mrkdwn !== true };
  checkText(problems, `${pointer}/text`, option.text, text);
  checkText(problems, `${pointer}/description`, option.description, text);
  checkString(problems, `${pointer}/value`, option.value, rule.value);
  checkString(problems, `${pointer}/url`, option.url, ELEMENT_LIMITS.url);
}

export function checkInitial(problems: Problems, pointer: string, element: Record<string, unknown>): void {
  const known = new Set(optionsOf(element).map((option) => option.value));
  const isKnown = (option: unknown) => known.has(isObject(option) ? option.value : undefined);
  if (element.initial_option !== undefined && !isKnown(element.initial_option)) {
    problems.add(`${pointer}/initial_option`, 'initial_option must be one of the options');
  }
  if (element.initial_options === undefined) return;
  const place = `${pointer}/initial_options`;
  const initial = checkList(problems, place, element.initial_options, ELEMENT_LIMITS.selectOptions) ?? [];
  if (!initial.every(isKnown)) problems.add(place, 'initial_options must be among the options');
}

/** All options of an overflow menu or select, those of its groups included. */
export function optionsOf(element: Record<string, unknown>): Record<string, unknown>[] {
  const groups = Array.isArray(element.option_groups) ? element.option_groups.filter(isObject) : [];
  const lists = [element.options, ...groups.map((group) => group.options)];
  return lists.flatMap((list) => (Array.isArray(list) ? list.filter(isObject) : []));
}

/** What every select takes. */
export const SELECT_RULE: OptionRule = {
  max: ELEMENT_LIMITS.selectOptions,
  value: ELEMENT_LIMITS.selectValue,
  url: false,
};

/** Answers to a block_suggestion: Slack's words for what is wrong with them, or an empty list. */
export function checkSuggestions(problems: Problems, answer: Record<string, unknown>): void {
  if ((answer.options === undefined) === (answer.option_groups === undefined)) {
    problems.add('', 'must define either `options` or `option_groups`');
  } else if (answer.option_groups !== undefined) {
    checkOptionGroups(problems, '/option_groups', answer.option_groups, SELECT_RULE);
  } else if (!Array.isArray(answer.options) || answer.options.length > 0) {
    checkOptions(problems, '/options', answer.options, SELECT_RULE);
  }
}
