import { type ComparisonRules, compileCondition } from './compile-condition.ts';
import { ConditionsError } from './condition-tokens.ts';
import { type Condition, type Field, parseConditions } from './conditions.ts';
import { fieldReader } from './field-reader.ts';

function fieldsOf(condition: Condition): Field[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.terms.flatMap(fieldsOf);
    case 'not':
      return fieldsOf(condition.term);
    default:
      return [condition.field];
  }
}

function withoutFirstName(condition: Condition): Condition {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return { ...condition, terms: condition.terms.map(withoutFirstName) };
    case 'not':
      return { ...condition, term: withoutFirstName(condition.term) };
    default:
      return { ...condition, field: condition.field.slice(1) };
  }
}

function anyElement(field: Field, condition: Condition, rules: ComparisonRules): (row: unknown) => boolean {
  const read = fieldReader(field);
  const matches = compileCondition(condition, rules);
  return (row) => {
    const elements = read(row);
    return Array.isArray(elements) && elements.some(matches);
  };
}

/** `types/name = "Partner" and types/id = 5`: one element of the list must meet all of it. */
export function compileChildConditions(
  text: string,
  rules: ComparisonRules,
): ((row: unknown) => boolean) | null {
  const condition = parseConditions(text);
  if (!condition) return null;
  const fields = fieldsOf(condition);
  const list = fields[0]?.[0];
  if (list === undefined || fields.some((field) => field.length < 2 || field[0] !== list)) {
    throw new ConditionsError('child conditions name one list and a field of its elements: list/field');
  }
  return anyElement([list], withoutFirstName(condition), rules);
}

/** `caption = "Region" and value = "West"`: one custom field must meet all of it. */
export function compileCustomFieldConditions(
  text: string,
  rules: ComparisonRules,
): ((row: unknown) => boolean) | null {
  const condition = parseConditions(text);
  return condition && anyElement(['customfields'], condition, rules);
}
