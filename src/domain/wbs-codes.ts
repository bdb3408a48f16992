/**
 * Where phases stand. ConnectWise moves a phase by its WBS code, not by its parent: “2.3” stands below “2”, and what
 * is within a phase moves along with it.
 */
import type { PlanRecord } from './plan.ts';

/** Codes by plan id, of phases and of the tasks that take numbers between them. */
export type WbsCodes = ReadonlyMap<string, string>;

/** Of a phase that ConnectWise shows no code of. */
const nowhere = '';

export type Move =
  | { readonly code: string; readonly codes: WbsCodes; readonly held?: never }
  | { readonly held: string };

/**
 * Puts a phase behind the last one below another, or at the top for null.
 * @returns its code, and all of them as they are afterwards; or, in words for people, why it cannot stand there
 */
export function moveBelow(codes: WbsCodes, id: string, parentId: string | null): Move {
  const around = parentId === null ? null : codes.get(parentId);
  if (around === undefined) return { held: 'the WBS code of the phase around it is not known' };
  const own = codes.get(id) ?? nowhere;
  if (around !== null && isWithin(around, own)) return { held: 'the phase around it lies within it' };
  const prefix = around === null ? '' : `${around}.`;
  if (isDirectlyBelow(own, prefix)) return { code: own, codes };
  const code = `${prefix}${lastBelow(codes, prefix) + 1}`;
  return { code, codes: renamed(new Map(codes).set(id, own), own, code) };
}

/** Gives a record, with all within it, another code. Whoever has that already moves up by one, and those behind as well. */
export function placedAt(codes: WbsCodes, id: string, code: string): Extract<Move, { codes: WbsCodes }> {
  const own = codes.get(id) ?? nowhere;
  if (own === code) return { code, codes };
  const others = new Map([...codes].filter(([, other]) => own === nowhere || !isWithin(other, own)));
  const prefix = code.slice(0, code.lastIndexOf('.') + 1);
  const first = Number(code.slice(prefix.length));
  const taken = new Set(others.values());
  let end = first;
  while (taken.has(`${prefix}${end}`)) end += 1;
  let after: WbsCodes = others;
  for (let number = end - 1; number >= first; number -= 1)
    after = renamed(after, `${prefix}${number}`, `${prefix}${number + 1}`);
  const moved = [...codes].filter(([other]) => !others.has(other));
  const branch = renamed(new Map(moved.length > 0 ? moved : [[id, own]]), own, code);
  return { code, codes: new Map([...after, ...branch]) };
}

/** Those that stand directly below a code (at the top for null), in their order. */
export function inOrderBelow(codes: WbsCodes, parentCode: string | null): readonly string[] {
  const prefix = parentCode === null ? '' : `${parentCode}.`;
  return [...codes]
    .filter(([, code]) => isDirectlyBelow(code, prefix))
    .toSorted(([, a], [, b]) => Number(a.slice(prefix.length)) - Number(b.slice(prefix.length)))
    .map(([id]) => id);
}

function isWithin(code: string, branch: string): boolean {
  return code === branch || code.startsWith(`${branch}.`);
}

function isDirectlyBelow(code: string, prefix: string): boolean {
  return code.startsWith(prefix) && /^\d+$/u.test(code.slice(prefix.length));
}

function lastBelow(codes: WbsCodes, prefix: string): number {
  const numbers = [...codes.values()]
    .filter((code) => isDirectlyBelow(code, prefix))
    .map((code) => Number(code.slice(prefix.length)));
  return Math.max(0, ...numbers);
}

function renamed(codes: WbsCodes, from: string, to: string): WbsCodes {
  const moved = (code: string) => (isWithin(code, from) ? `${to}${code.slice(from.length)}` : code);
  return new Map([...codes].map(([id, code]) => [id, moved(code)]));
}

/** Phases around others before those within; of other kinds there is one level. */
export function outermostFirst<R extends Pick<PlanRecord, 'id' | 'fields'>>(
  records: readonly R[],
): readonly (readonly R[])[] {
  const levels: (readonly R[])[] = [];
  for (let rest = records; rest.length > 0; ) {
    const ids: ReadonlySet<unknown> = new Set(rest.map(({ id }) => id));
    const level = rest.filter(({ fields }) => !ids.has(fields.parentId));
    // What goes round in a circle has no outermost: it is refused like anything else.
    levels.push(level.length > 0 ? level : rest);
    rest = level.length > 0 ? rest.filter((one) => !level.includes(one)) : [];
  }
  return levels;
}
