/** From when to when, and for how long: values of several parts that come in through the plan's doors as one. */
import type { Json } from './json.ts';
import type { Fields } from './plan.ts';
import { memberValue, type Place } from './plan-door-references.ts';
import {
  hoursValue,
  instantValue,
  isObject,
  type Judged,
  orNull,
  partsValue,
  type Refusal,
  refuse,
} from './plan-door-values.ts';

type Rule = (value: Json, place: Place) => Judged;

const time = orNull(instantValue);

/** From when to when, merged as one value. */
export function span(first: 'start', last: 'end' | 'due', whenNull?: string): Rule {
  return (value, { path, current }) => {
    const judged = partsValue(value, path, { [first]: time, [last]: time }, current);
    if ('refused' in judged) return judged;
    const { [first]: from, [last]: to } = judged.value;
    const empty = from === null ? first : to === null ? last : undefined;
    if (whenNull !== undefined && empty) return refuse(`${path}.${empty}`, `${whenNull}: give both`);
    return inOrder(from, to) ? judged : refuse(`${path}.${last}`, `lies before the ${first}`);
  };
}

function inOrder(from: Json | undefined, to: Json | undefined): boolean {
  // Of one form and one zone, so they compare as texts.
  return typeof from !== 'string' || typeof to !== 'string' || from <= to;
}

/** One appointment: who, from when to when, for how many hours. */
export function slotValue(value: Json, place: Place): Judged {
  const { path, current } = place;
  const currentMember = isObject(current) ? current.member : undefined;
  const member = (given: Json, at: string) =>
    memberValue(given, { ...place, path: at, current: currentMember });
  const parts = { member, start: time, end: time, hours: orNull(hoursValue) };
  const judged = partsValue(value, path, parts, current);
  if ('refused' in judged) return judged;
  const { start, end } = judged.value;
  if (judged.value.member === null)
    return refuse(`${path}.member`, 'is needed: an event is one person’s time');
  if (start === null && end !== null) return refuse(`${path}.start`, 'is needed where there is an end');
  return inOrder(start, end) ? judged : refuse(`${path}.end`, 'lies before the start');
}

/** What no field of a time log shows alone. */
export function timeTogether(fields: Fields): readonly Refusal[] {
  const { span: when, hours = null } = fields;
  const { start, end } = isObject(when) ? when : {};
  if (typeof start !== 'string') return [{ path: 'span.start', reason: 'is needed: when the time began' }];
  if (hours === 0) return [{ path: 'hours', reason: 'is more than 0' }];
  if (typeof end !== 'string')
    return hours === null ? [{ path: 'span.end', reason: 'is needed, or hours' }] : [];
  const lasted = (Date.parse(end) - Date.parse(start)) / 3_600_000;
  if (lasted === 0) return [{ path: 'span.end', reason: 'is the same moment as the start' }];
  return typeof hours === 'number' && hours > lasted + 0.005
    ? [{ path: 'hours', reason: 'is more than lies between start and end' }]
    : [];
}
