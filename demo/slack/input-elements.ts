import { checkList, checkOneOf, checkShape, checkString, type Problems } from './block-problems.ts';

const MOST_TYPED_CHARACTERS = 3000;
const TRIGGERS = ['on_enter_pressed', 'on_character_entered'];

/** Checks a plain_text_input. */
export function checkTextInput(problems: Problems, pointer: string, element: Record<string, unknown>): void {
  checkShape(problems, pointer, element, {
    optional: [
      'action_id',
      'initial_value',
      'multiline',
      'min_length',
      'max_length',
      'dispatch_action_config',
      'focus_on_load',
      'placeholder',
    ],
  });
  checkLength(problems, `${pointer}/min_length`, element.min_length, 0);
  checkLength(problems, `${pointer}/max_length`, element.max_length, 1);
  const { min_length: min, max_length: max, initial_value: initial } = element;
  if (typeof min === 'number' && typeof max === 'number' && min > max) {
    problems.add(pointer, '`min_length` must be at most `max_length`');
  }
  const most = typeof max === 'number' ? max : MOST_TYPED_CHARACTERS;
  if (initial !== '') checkString(problems, `${pointer}/initial_value`, initial, most);
  checkDispatch(problems, `${pointer}/dispatch_action_config`, element.dispatch_action_config);
}

/** Checks a number_input; its numbers are texts, as in Slack. */
export function checkNumberInput(
  problems: Problems,
  pointer: string,
  element: Record<string, unknown>,
): void {
  checkShape(problems, pointer, element, {
    required: ['is_decimal_allowed'],
    optional: [
      'action_id',
      'initial_value',
      'min_value',
      'max_value',
      'dispatch_action_config',
      'focus_on_load',
      'placeholder',
    ],
  });
  for (const name of ['initial_value', 'min_value', 'max_value']) {
    const value = element[name];
    if (value === undefined) continue;
    if (typeof value !== 'string' || value.trim() === '' || Number.isNaN(Number(value))) {
      problems.add(`${pointer}/${name}`, 'must be a number written as a string');
    }
  }
  checkDispatch(problems, `${pointer}/dispatch_action_config`, element.dispatch_action_config);
}

function checkLength(problems: Problems, pointer: string, value: unknown, least: number): void {
  if (value === undefined) return;
  const isFine = Number.isInteger(value) && Number(value) >= least && Number(value) <= MOST_TYPED_CHARACTERS;
  if (!isFine) problems.add(pointer, `must be a whole number from ${least} to ${MOST_TYPED_CHARACTERS}`);
}

function checkDispatch(problems: Problems, pointer: string, value: unknown): void {
  if (value === undefined) return;
  const config = checkShape(problems, pointer, value, { required: ['trigger_actions_on'] });
  if (config?.trigger_actions_on === undefined) return;
  const place = `${pointer}/trigger_actions_on`;
  for (const trigger of checkList(problems, place, config.trigger_actions_on, TRIGGERS.length) ?? []) {
    checkOneOf(problems, place, trigger, TRIGGERS);
  }
}
