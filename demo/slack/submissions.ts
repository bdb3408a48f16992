import { type AppLink, interactionBase } from './app-link.ts';
import type { DeliveryResult } from './delivery.ts';
import type { Person } from './directory.ts';
import { TROUBLE } from './interactions.ts';
import { isObject, parseJsonObject } from './json-object.ts';
import { isRefusal } from './message-content.ts';
import { entryProblems } from './submission-check.ts';
import { readView, type ViewContent } from './view-content.ts';
import { viewJson } from './view-json.ts';
import { isViewError, type View } from './view-store.ts';

export type Submitted = {
  /** `invalid`: Slack itself refused what was entered, and the app heard nothing. */
  readonly delivered: DeliveryResult['kind'] | 'invalid';
  /** What the window did then. */
  readonly outcome: 'closed' | 'errors' | 'updated' | 'pushed' | 'cleared' | 'trouble';
};

/** Submits a modal as it was filled in, and does what the app answers. */
export async function submitView(link: AppLink, person: Person, view: View): Promise<Submitted> {
  const invalid = entryProblems(view);
  if (Object.keys(invalid).length > 0) {
    link.views.note(view.id, { errors: invalid, trouble: null });
    return { delivered: 'invalid', outcome: 'errors' };
  }
  const payload = {
    ...interactionBase(link, 'view_submission', person),
    trigger_id: link.triggers.issue(person.id, view.id),
    view: viewJson(view, { state: true }),
    response_urls: [],
  };
  const result = await link.delivery.deliver('interactive', payload);
  const outcome = result.kind === 'answered' ? obey(link, view, result.body) : 'trouble';
  if (outcome === 'trouble') link.views.note(view.id, { trouble: TROUBLE });
  return { delivered: result.kind, outcome };
}

function obey(link: AppLink, view: View, body: string): Submitted['outcome'] {
  if (body.trim() === '' || body.trim() === '{}') {
    link.views.close(view);
    return 'closed';
  }
  const answer = parseJsonObject(body);
  switch (answer?.response_action) {
    case 'clear':
      link.views.clear(view.user);
      return 'cleared';
    case 'errors':
      return showErrors(link, view, answer.errors);
    case 'update':
      return show(answer.view, (content) => link.views.update(view, content, undefined))
        ? 'updated'
        : 'trouble';
    case 'push':
      return show(answer.view, (content) => link.views.push(view.user, content)) ? 'pushed' : 'trouble';
    default:
      return 'trouble';
  }
}

/** Errors count only for input blocks that there are; anything else is the app's mistake. */
function showErrors(link: AppLink, view: View, errors: unknown): 'errors' | 'trouble' {
  if (!isObject(errors)) return 'trouble';
  const inputs = new Set(view.blocks.filter(({ type }) => type === 'input').map((block) => block.block_id));
  const words = Object.entries(errors).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  if (words.length === 0 || !words.every(([blockId, text]) => inputs.has(blockId) && text !== ''))
    return 'trouble';
  link.views.note(view.id, { errors: Object.fromEntries(words), trouble: null });
  return 'errors';
}

function show(raw: unknown, put: (content: ViewContent) => View | { error: string }): boolean {
  const content = readView(raw, 'modal');
  return !isRefusal(content) && !isViewError(put(content));
}

/**
 * Closes a modal as a person does. `all` is the × in its corner, which closes the whole stack; otherwise Cancel,
 * which leads back to the one below unless the view says `clear_on_close`.
 */
export async function closeView(link: AppLink, person: Person, view: View, all: boolean): Promise<void> {
  const isCleared = all || view.clearOnClose;
  const gone = isCleared ? link.views.stack(person.id).toReversed() : [view];
  if (isCleared) link.views.clear(person.id);
  else link.views.close(view);
  for (const closed of gone.filter(({ notifyOnClose }) => notifyOnClose)) {
    await link.delivery.deliver('interactive', {
      ...interactionBase(link, 'view_closed', person),
      view: viewJson(closed, { state: true }),
      is_cleared: isCleared,
    });
  }
}
