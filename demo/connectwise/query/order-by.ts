import { ConditionsError } from './condition-tokens.ts';
import { fieldReader } from './field-reader.ts';

type Comparator = (left: unknown, right: unknown) => number;

function rank(left: unknown, right: unknown): number {
  if (left === right) return 0;
  if (left === null) return -1;
  if (right === null) return 1;
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  const [first, second] = [String(left).toLowerCase(), String(right).toLowerCase()];
  if (first === second) return 0;
  return first < second ? -1 : 1;
}

function comparator(term: string): Comparator {
  const match = /^([A-Za-z_]\w*(?:\/[A-Za-z_]\w*)*)(?:\s+(asc|desc))?$/i.exec(term.trim());
  if (!match?.[1]) throw new ConditionsError(`cannot order by "${term.trim()}"`);
  const read = fieldReader(match[1].toLowerCase().split('/'));
  const sign = match[2]?.toLowerCase() === 'desc' ? -1 : 1;
  return (left, right) => sign * rank(read(left), read(right));
}

/** `status/name desc, id asc`; rows that are equal so far stand by id. Throws `ConditionsError`. */
export function sortRows<T extends { readonly id: number }>(rows: readonly T[], orderBy: string): T[] {
  if (orderBy.trim() === '') return [...rows];
  const comparators = orderBy.split(',').map(comparator);
  return [...rows].sort((left, right) => {
    for (const compare of comparators) {
      const difference = compare(left, right);
      if (difference !== 0) return difference;
    }
    return left.id - right.id;
  });
}
