import { type AppLink, interactionBase } from './app-link.ts';
import { Problems } from './block-problems.ts';
import type { DeliveryResult } from './delivery.ts';
import type { Person } from './directory.ts';
import { type Element, elementsOf } from './elements.ts';
import { parseJsonObject } from './json-object.ts';
import { checkSuggestions, optionsOf } from './option-check.ts';
import type { Block } from './workspace.ts';

/** Where an external menu stands. */
export type SuggestionPlace = {
  /** View id or message ts. */
  readonly id: string;
  readonly blocks: readonly Block[];
  /** `container`, with `view` or `channel` and `message`, as the payload has them. */
  readonly context: Readonly<Record<string, unknown>>;
};

export type Suggested =
  | { readonly delivered: 'answered'; readonly options: readonly Element[] }
  /** Too few characters typed: Slack does not ask the app. */
  | { readonly delivered: 'too-short' }
  /** Not answered in time, or with what Slack does not take; `problems` says why. */
  | { readonly delivered: DeliveryResult['kind']; readonly problems: readonly string[] };

/** Asks the app for the options of an external menu, for what a person has typed there. */
export async function suggest(
  link: AppLink,
  person: Person,
  place: SuggestionPlace,
  query: { readonly blockId: string; readonly actionId: string; readonly value: string },
): Promise<Suggested | undefined> {
  const found = elementsOf(place.blocks).find(
    ({ element, blockId }) => blockId === query.blockId && element.action_id === query.actionId,
  );
  if (!found || !String(found.element.type).endsWith('external_select')) return undefined;
  // Slack's default is 3 characters.
  if (query.value.length < Number(found.element.min_query_length ?? 3)) return { delivered: 'too-short' };
  const result = await link.delivery.deliver('interactive', {
    ...interactionBase(link, 'block_suggestion', person),
    ...place.context,
    action_id: query.actionId,
    block_id: query.blockId,
    value: query.value,
  });
  if (result.kind !== 'answered') return { delivered: result.kind, problems: [] };
  return take(link, offerKey(place.id, query.blockId, query.actionId), parseJsonObject(result.body));
}

function take(link: AppLink, key: string, answer: Record<string, unknown> | undefined): Suggested {
  const problems = new Problems();
  checkSuggestions(problems, answer ?? {});
  if (!answer || problems.found.length > 0) return { delivered: 'answered', problems: problems.found };
  const options = optionsOf(answer);
  link.views.offer(key, options);
  return { delivered: 'answered', options };
}

/** Under which key the last suggestions for a menu are kept. */
export function offerKey(placeId: string, blockId: string, actionId: string): string {
  return JSON.stringify([placeId, blockId, actionId]);
}
