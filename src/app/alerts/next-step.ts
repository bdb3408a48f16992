/** What is to be done next about one message of an incident. */
import type { Incident, IncidentUpdate } from '../../domain/incident.ts';
import { gatherMs, lastUpdate } from '../../domain/incident-life.ts';
import type { MessageHandle } from '../../ports/chat.ts';
import type { IncidentDelivery, TakenDelivery } from '../../ports/incidents.ts';
import { toldEverywhere } from '../replies/incident-updates.ts';

export type SendingStep =
  | { readonly does: 'post' }
  | { readonly does: 'edit'; readonly handle: MessageHandle }
  /** One more message beside it, of the updates up to this one. */
  | { readonly does: 'tell'; readonly upTo: number };

export type Step =
  | SendingStep
  | { readonly does: 'wait'; readonly ms: number }
  /** There is nothing to tell for now. */
  | { readonly does: 'rest' };

/** @param wanted false: what stands there is brought up to date, and nothing is added */
export function nextStep({ delivery, incident, now }: TakenDelivery, wanted: boolean): Step {
  const { told, posting, generation, handle, revision, upTo } = delivery;
  const never = told === 'nothing' && !posting && generation === 0;
  if (never && (incident.end || !wanted)) return { does: 'rest' };
  if (told === 'nothing' || !handle) return { does: 'post' };
  // What is in doubt first: nobody knows yet what stands there.
  if (posting) return { does: 'tell', upTo: upTo ?? lastUpdate(incident) };
  if (revision < incident.revision) return { does: 'edit', handle };
  return wanted ? tellStep(delivery, incident, now) : { does: 'rest' };
}

function tellStep(delivery: IncidentDelivery, incident: Incident, now: Date): Step {
  const updates = untold(delivery, incident);
  // Others may still join those who joined last: they are told together.
  const waitMs = (update: IncidentUpdate | undefined) =>
    update?.is === 'joined' ? update.at.getTime() + gatherMs - now.getTime() : 0;
  const last = updates.at(-1);
  const ripe = waitMs(last) > 0 ? updates.at(-2) : last;
  if (ripe) return { does: 'tell', upTo: ripe.n };
  return last ? { does: 'wait', ms: waitMs(last) } : { does: 'rest' };
}

export function untold(
  { to, updates: told }: Pick<IncidentDelivery, 'to' | 'updates'>,
  { updates }: Incident,
): readonly IncidentUpdate[] {
  return updates.filter(
    ({ n, quiet, is }) => n > told && !quiet && ('conversation' in to || toldEverywhere.has(is)),
  );
}
