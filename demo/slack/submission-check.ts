import { type Element, elementsOf, formOf, type StateValue, stateValues } from './elements.ts';
import type { View } from './view-store.ts';

/** What Slack itself refuses before the app hears of a submission: words by block id. */
export function entryProblems(view: View): Record<string, string> {
  const values = stateValues(view.blocks, view.entered);
  const problems: Record<string, string> = {};
  for (const { element, block, blockId } of elementsOf(view.blocks)) {
    if (block.type !== 'input') continue;
    const value = values[blockId]?.[String(element.action_id)];
    const words = value && problemOf(element, value, block.optional === true);
    if (words) problems[blockId] = words;
  }
  return problems;
}

function problemOf(element: Element, value: StateValue, isOptional: boolean): string | undefined {
  const entered = value[formOf(element)?.field ?? ''];
  const isEmpty = entered === null || (Array.isArray(entered) && entered.length === 0);
  if (isEmpty) return isOptional ? undefined : 'Please complete this required field.';
  if (typeof entered !== 'string') return undefined;
  if (element.type === 'plain_text_input') return lengthProblem(element, entered);
  return element.type === 'number_input' ? numberProblem(element, entered) : undefined;
}

function lengthProblem(element: Element, text: string): string | undefined {
  const least = Number(element.min_length ?? 0);
  const most = Number(element.max_length ?? 3000);
  if (text.length < least) return `Please enter at least ${least} characters.`;
  return text.length > most ? `Please enter at most ${most} characters.` : undefined;
}

function numberProblem(element: Element, text: string): string | undefined {
  const number = Number(text);
  if (text.trim() === '' || Number.isNaN(number)) return 'Please enter a number.';
  if (element.is_decimal_allowed !== true && !Number.isInteger(number)) return 'Please enter a whole number.';
  const { min_value: least, max_value: most } = element;
  if (least !== undefined && number < Number(least)) return `Please enter ${String(least)} or more.`;
  return most !== undefined && number > Number(most) ? `Please enter ${String(most)} or less.` : undefined;
}
