import type { Switches } from '../switches.ts';
import type { Condition, Operator, Value } from './conditions.ts';
import { fieldReader } from './field-reader.ts';
import { likePattern } from './like-pattern.ts';

/** SQL's three truth values: null is "unknown", which a comparison with null gives. */
type Truth = boolean | null;
type Judge = (row: unknown) => Truth;
export type ComparisonRules = Pick<Switches, 'nullComparison' | 'stringsCaseSensitive'>;

function order<T extends string | number>(left: T, right: T): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** Negative, zero or positive; NaN when the two cannot be compared. */
function compareValues(actual: unknown, value: Value, rules: ComparisonRules): number {
  if (value.kind === 'null') return Number.NaN;
  if (value.kind === 'datetime') {
    return typeof actual === 'string' ? Date.parse(actual) - value.value : Number.NaN;
  }
  if (typeof actual === 'number') return actual - Number(value.value);
  if (typeof actual === 'boolean') {
    return value.kind === 'boolean' ? Number(actual) - Number(value.value) : Number.NaN;
  }
  if (typeof actual !== 'string' || value.kind === 'boolean') return Number.NaN;
  const expected = String(value.value);
  if (rules.stringsCaseSensitive) return order(actual, expected);
  return order(actual.toLowerCase(), expected.toLowerCase());
}

function holds(operator: Operator, difference: number): boolean {
  if (Number.isNaN(difference)) return operator === '!=';
  switch (operator) {
    case '=':
      return difference === 0;
    case '!=':
      return difference !== 0;
    case '<':
      return difference < 0;
    case '<=':
      return difference <= 0;
    case '>':
      return difference > 0;
    case '>=':
      return difference >= 0;
  }
}

function judgeComparison(condition: Condition & { kind: 'compare' }, rules: ComparisonRules): Judge {
  const read = fieldReader(condition.field);
  const { operator, value } = condition;
  if (value.kind === 'null') {
    return (row) => (operator === '=' || operator === '!=') && (read(row) === null) === (operator === '=');
  }
  return (row) => {
    const actual = read(row);
    if (actual === null) return rules.nullComparison === 'unknown' ? null : operator === '!=';
    return holds(operator, compareValues(actual, value, rules));
  };
}

function judgeIn(condition: Condition & { kind: 'in' }, rules: ComparisonRules): Judge {
  const read = fieldReader(condition.field);
  const numbers = new Set(condition.values.flatMap((value) => (value.kind === 'number' ? value.value : [])));
  return (row) => {
    const actual = read(row);
    if (actual === null) return rules.nullComparison === 'unknown' ? null : false;
    if (typeof actual === 'number' && numbers.has(actual)) return true;
    return condition.values.some((value) => compareValues(actual, value, rules) === 0);
  };
}

function judgeLike(condition: Condition & { kind: 'like' }, rules: ComparisonRules): Judge {
  const read = fieldReader(condition.field);
  const pattern = likePattern(condition.pattern, rules.stringsCaseSensitive);
  return (row) => {
    const actual = read(row);
    if (actual === null) return rules.nullComparison === 'unknown' ? null : false;
    return pattern.test(String(actual));
  };
}

function judgeAll(terms: readonly Judge[], deciding: boolean): Judge {
  return (row) => {
    let truth: Truth = !deciding;
    for (const term of terms) {
      const answer = term(row);
      if (answer === deciding) return deciding;
      if (answer === null) truth = null;
    }
    return truth;
  };
}

function judge(condition: Condition, rules: ComparisonRules): Judge {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return judgeAll(
        condition.terms.map((term) => judge(term, rules)),
        condition.kind === 'or',
      );
    case 'not': {
      const term = judge(condition.term, rules);
      return (row) => {
        const answer = term(row);
        return answer === null ? null : !answer;
      };
    }
    case 'compare':
      return judgeComparison(condition, rules);
    case 'in':
      return judgeIn(condition, rules);
    case 'like':
      return judgeLike(condition, rules);
  }
}

/** Whether a row meets the condition: "unknown" counts as no, as in SQL. */
export function compileCondition(condition: Condition, rules: ComparisonRules): (row: unknown) => boolean {
  const decide = judge(condition, rules);
  return (row) => decide(row) === true;
}
