/**
 * The three-way merge of what the PSA shows into a plan record (sync.md, section 4, "Reconcile").
 *
 * Neither side can be asked "what changed since"; each can only be read. So the pair keeps what each side
 * showed when they last agreed, and a side changed when it differs from its own base. That makes three things
 * come out right without any special case: a value that ConnectWise trims does not bounce (its base holds the
 * trimmed form), our own write coming back is no change, and an edit of the plan is not overwritten by a sync
 * that merely reads. What is left edited in the plan afterwards is what has to be written to the PSA.
 *
 * A write to the PSA has no conditions and its answer may be lost or be untrue. So what was sent is kept, too: a value
 * that is shown afterwards is our own where it is the one that was sent, whoever asks and whenever.
 */
import { type Json, sameJson } from './json.ts';
import type { Bases, Fields, Wrote } from './plan.ts';

type Same = (a: Json | undefined, b: Json | undefined) => boolean;

export type FieldRule<R, C> = {
  readonly field: string;
  /** The value as the PSA shows it; this is what its base holds. */
  readonly psa: (record: R, context: C) => Json;
  /** The same value in the plan's terms. */
  readonly toPlan: (value: Json, context: C) => Json;
  /** The PSA makes it of other records: that it moved is nobody's edit of this one. */
  readonly derived?: true;
  /** What counts as no change in the PSA, where that is less than equality: a reference is its id, whatever its name. */
  readonly samePsa?: Same;
  /** The same for the plan: a status is its category, whatever it is called. */
  readonly samePlan?: Same;
};

export type Conflict = { readonly field: string; readonly psa: Json; readonly plan: Json };

/** Both in the PSA's terms. */
export type Normalised = { readonly field: string; readonly sent: Json; readonly shown: Json };

/** A plan record as far as the merge reads it. */
export type Current = {
  readonly fields: Fields;
  readonly base: Bases;
  /** What was sent to the PSA and not yet seen there, as the PSA's values. */
  readonly sent?: Fields;
  readonly wrote?: Wrote;
};

export type MergeOptions<R> = {
  /** Whether the plan's value of a field stays where both sides changed it. Absent: the PSA's is taken. */
  readonly planWins?: (field: string) => boolean;
  /** Fields of which the plan's value means nothing any more: the PSA's is taken, whoever moved it. */
  readonly lost?: ReadonlySet<string>;
  /**
   * The record as the PSA showed it directly before it was written to, where this one is the answer to that write: a
   * third value is then our own in another form, and the one from before was not taken.
   */
  readonly answerTo?: R;
  /** Who changed the record in the PSA last, by identifier. */
  readonly updatedBy?: string | null;
};

export type Merged = {
  readonly fields: Fields;
  readonly base: Bases;
  /** Fields of the plan that get another value. */
  readonly changed: readonly string[];
  /** Fields that both sides had changed, to different values; ConnectWise's was taken. */
  readonly conflicts: readonly Conflict[];
  /** Fields of which the PSA shows what was sent to it. */
  readonly written: readonly string[];
  /** Fields that the PSA stored in another form than they were sent in; the plan takes that form. */
  readonly normalised: readonly Normalised[];
  /** Fields of which the PSA shows what it showed before, in its answer or once more later: it did not take what was sent. */
  readonly untaken: readonly string[];
  /** Whether somebody has changed the record in the PSA: derived values do not count. */
  readonly psaChanged: boolean;
  /** Whether anything, a value or only a base, has to be written. */
  readonly write: boolean;
};

/** What both sides show of a record that they agree on. */
export function basesOf<R, C>(rules: readonly FieldRule<R, C>[], record: R, context: C): Bases {
  const psa: Record<string, Json> = {};
  const plan: Record<string, Json> = {};
  for (const rule of rules) {
    const value = rule.psa(record, context);
    psa[rule.field] = value;
    plan[rule.field] = rule.toPlan(value, context);
  }
  return { psa, plan };
}

/** A record that the plan does not have yet. */
export function newFromPsa<R, C>(rules: readonly FieldRule<R, C>[], record: R, context: C): Merged {
  const base = basesOf(rules, record, context);
  return {
    fields: { ...base.plan },
    base,
    changed: Object.keys(base.plan),
    conflicts: [],
    ...noneSent,
    psaChanged: true,
    write: true,
  };
}

const noneSent = { written: [], normalised: [], untaken: [] } as const;

type Draft = {
  readonly fields: Record<string, Json>;
  readonly basePsa: Record<string, Json>;
  readonly basePlan: Record<string, Json>;
  readonly changed: string[];
  readonly conflicts: Conflict[];
  readonly written: string[];
  readonly normalised: Normalised[];
  readonly untaken: string[];
  psaChanged: boolean;
  write: boolean;
};

/** One field on all sides: in the PSA, in the plan, and when the two last agreed. */
type Seen = {
  readonly field: string;
  readonly shown: Json;
  /** What the PSA shows, in the plan's terms. */
  readonly incoming: Json;
  readonly had: Json | undefined;
  readonly movedInPsa: boolean;
  readonly planEdited: boolean;
  readonly derived: boolean;
  readonly samePsa: Same;
  readonly samePlan: Same;
};

/**
 * Merges what the PSA shows now into a plan record. Bases move only for fields whose two sides are equal
 * through the mapping afterwards; a field edited only in the plan keeps its value and its base, so that the
 * edit still shows as one.
 */
export function mergeFromPsa<R, C>(
  rules: readonly FieldRule<R, C>[],
  record: R,
  current: Current,
  context: C,
  options: MergeOptions<R> = {},
): Merged {
  const draft = draftOf(current);
  for (const rule of rules) {
    const seen = seenOf(rule, record, current, context);
    const sent = current.sent?.[rule.field];
    const settled = settleSent(rule, seen, sent, context, options);
    if (settled === 'settled') draftSettled(draft, rule, seen, sent ?? null, context);
    else if (isPutBack(seen, current, options)) draftPutBack(draft, seen);
    else {
      if (settled === 'untaken') draft.untaken.push(rule.field);
      const winner = winnerOf(rule.field, options);
      mergeField(draft, seen, current, winner);
    }
  }
  const { fields, basePsa, basePlan, ...rest } = draft;
  return { ...rest, fields, base: { psa: basePsa, plan: basePlan } };
}

type Winner = 'psa' | 'plan' | 'psa, whoever moved';

function winnerOf<R>(field: string, { planWins, lost }: MergeOptions<R>): Winner {
  if (lost?.has(field)) return 'psa, whoever moved';
  return planWins?.(field) ? 'plan' : 'psa';
}

function draftOf({ fields, base }: Current): Draft {
  return {
    fields: { ...fields },
    basePsa: { ...base.psa },
    basePlan: { ...base.plan },
    changed: [],
    conflicts: [],
    written: [],
    normalised: [],
    untaken: [],
    psaChanged: false,
    write: false,
  };
}

function seenOf<R, C>(
  { field, psa, toPlan, derived, samePsa = sameJson, samePlan = samePsa }: FieldRule<R, C>,
  record: R,
  { fields, base }: Current,
  context: C,
): Seen {
  const shown = psa(record, context);
  const had = fields[field];
  return {
    field,
    shown,
    incoming: toPlan(shown, context),
    had,
    movedInPsa: !samePsa(shown, base.psa[field]),
    planEdited: !samePlan(had, base.plan[field]),
    derived: derived === true,
    samePsa,
    samePlan,
  };
}

/** What this reading says of what was sent; undefined where it says nothing. */
function settleSent<R, C>(
  { psa }: FieldRule<R, C>,
  { shown, movedInPsa, samePsa }: Seen,
  sent: Json | undefined,
  context: C,
  { answerTo }: MergeOptions<R>,
): 'settled' | 'untaken' | undefined {
  if (sent === undefined) return undefined;
  if (samePsa(shown, sent) || isTrimmed(shown, sent) || isRounded(shown, sent)) return 'settled';
  // What was there before is nothing that was cut, even where what was sent begins with it: a text that got longer.
  if (answerTo === undefined) return movedInPsa && isCut(shown, sent) ? 'settled' : undefined;
  const asBefore = samePsa(shown, psa(answerTo, context)) || !movedInPsa;
  return asBefore ? 'untaken' : 'settled';
}

/** Our own write is shown: both bases move, and the plan takes the PSA's form unless it was edited again since. */
function draftSettled<R, C>(
  draft: Draft,
  { toPlan }: FieldRule<R, C>,
  { field, shown, incoming, had, samePsa, samePlan }: Seen,
  sent: Json,
  context: C,
): void {
  draft.write = true;
  draft.basePsa[field] = shown;
  draft.basePlan[field] = incoming;
  const editedAgain = !samePlan(had, toPlan(sent, context));
  if (!editedAgain) draft.fields[field] = incoming;
  if (samePsa(shown, sent)) draft.written.push(field);
  else draft.normalised.push({ field, sent, shown });
}

/**
 * The value from before our write is shown again, and nobody but ourselves has changed the record since: the PSA has
 * put it back. While something is sent that is not answered yet, a person may have been in between.
 */
function isPutBack<R>(
  { field, shown, movedInPsa, samePsa }: Seen,
  { sent, wrote }: Current,
  { answerTo, updatedBy }: MergeOptions<R>,
): boolean {
  if (!movedInPsa || sent !== undefined || answerTo !== undefined) return false;
  if (!wrote || updatedBy !== wrote.by || !Object.hasOwn(wrote.before, field)) return false;
  return samePsa(shown, wrote.before[field]);
}

/** The plan keeps its value, which from now on is an edit again. */
function draftPutBack(draft: Draft, { field, shown, incoming }: Seen): void {
  draft.write = true;
  draft.basePsa[field] = shown;
  draft.basePlan[field] = incoming;
  draft.untaken.push(field);
}

function mergeField(draft: Draft, seen: Seen, { base }: Current, winner: Winner): void {
  const { field, shown, incoming, had, movedInPsa, planEdited, derived, samePlan } = seen;
  draft.psaChanged ||= movedInPsa && !derived;
  // The same PSA value can mean another plan value than before: a phase that was missing is there now, what is
  // referred to has another name, a status means something else.
  const reprojected = !sameJson(incoming, base.plan[field]);
  // The same status under another revision of its mapping: noted once, so that it need not be looked at again.
  const renoted = !sameJson(shown, base.psa[field]);
  const isForced = winner === 'psa, whoever moved';
  if (!movedInPsa && !isForced && (planEdited || !(reprojected || renoted))) return;
  const differs = planEdited && !samePlan(incoming, had);
  // It stays an edit of the plan, with its base, until it is written to the PSA.
  if (differs && winner === 'plan') return;
  draft.write = true;
  draft.basePsa[field] = shown;
  draft.basePlan[field] = incoming;
  draft.fields[field] = incoming;
  if (sameJson(incoming, had)) return;
  draft.changed.push(field);
  if (differs) draft.conflicts.push({ field, psa: incoming, plan: had ?? null });
}

/** Without blanks at its ends, line breaks made blanks. */
function isTrimmed(shown: Json, sent: Json): boolean {
  return typeof shown === 'string' && typeof sent === 'string' && blanksAsOne(shown) === blanksAsOne(sent);
}

/** To hundredths: whether it was there before or not, a finer number is nothing that the PSA could ever show. */
function isRounded(shown: Json, sent: Json): boolean {
  if (typeof shown !== 'number' || typeof sent !== 'number') return false;
  const hundredths = shown * 100;
  return (
    Math.abs(hundredths - Math.round(hundredths)) < 1e-6 && Math.abs(hundredths - sent * 100) < 0.5 + 1e-6
  );
}

/** The PSA's short texts are at most so long; what is shorter was not cut by it. */
const shortestCut = 50;

function isCut(shown: Json, sent: Json): boolean {
  if (typeof shown !== 'string' || typeof sent !== 'string') return false;
  const seen = blanksAsOne(shown);
  return seen.length >= shortestCut && blanksAsOne(sent).startsWith(seen);
}

/** Whether the PSA shows what was sent in a form that it makes of texts by itself. */
export function isFormOf(shown: Json, sent: Json): boolean {
  return isTrimmed(shown, sent) || isCut(shown, sent);
}

export function blanksAsOne(text: string): string {
  return text.replace(/\s+/gu, ' ').trim();
}
