import { z } from 'zod';
import type { Switches } from '../switches.ts';
import { ApiError, badParameter } from './errors.ts';

const text = z.string().nullish();
const searchBody = z.looseObject({
  conditions: text,
  childconditions: text,
  customfieldconditions: text,
  orderby: text,
});

export type SearchBody = {
  readonly conditions: string;
  readonly childConditions: string;
  readonly customFieldConditions: string;
  readonly orderBy: string;
};

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body === '' ? '{}' : body);
  } catch {
    return null;
  }
}

/** The body of a search. Its names are spelled in both cases in the vendor's own documents: any case will do. */
export function readSearchBody(body: string, switches: Switches): SearchBody {
  const raw = parseJson(body);
  const isObject = typeof raw === 'object' && raw !== null && !Array.isArray(raw);
  const lower = isObject
    ? Object.fromEntries(Object.entries(raw).map(([name, value]) => [name.toLowerCase(), value]))
    : null;
  const read = searchBody.safeParse(lower);
  if (!read.success) throw new ApiError(badParameter('body', switches));
  return {
    conditions: read.data.conditions ?? '',
    childConditions: read.data.childconditions ?? '',
    customFieldConditions: read.data.customfieldconditions ?? '',
    orderBy: read.data.orderby ?? '',
  };
}
