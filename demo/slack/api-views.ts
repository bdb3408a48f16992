import {
  type ApiAnswer,
  type ApiCall,
  type ApiMethod,
  apiError,
  refusalAnswer,
  textArg,
} from './api-call.ts';
import { personById } from './directory.ts';
import { isRefusal, type Refusal } from './message-content.ts';
import { readView, type ViewContent } from './view-content.ts';
import { viewJson } from './view-json.ts';
import { isViewError, type View } from './view-store.ts';

/** views.open, views.push, views.update and views.publish. */
export const VIEW_METHODS: Readonly<Record<string, ApiMethod>> = {
  'views.open': (call) => withTrigger(call, (user, content) => call.views.open(user, content)),
  'views.push': (call) =>
    withTrigger(call, (user, content, viewId) => {
      const isFromModal = viewId !== undefined && call.views.find(viewId)?.type === 'modal';
      return isFromModal ? call.views.push(user, content) : { error: 'not_found' };
    }),
  'views.update': update,
  'views.publish': publish,
};

type Show = (user: string, content: ViewContent, viewId: string | undefined) => View | { error: string };

/** The view is checked first, so that a faulty one does not use the trigger up. */
function withTrigger(call: ApiCall, show: Show): ApiAnswer {
  const content = readView(call.args.view, 'modal');
  if (isRefusal(content)) return refused(content);
  const exchanged = call.triggers.exchange(textArg(call, 'trigger_id'));
  if ('error' in exchanged) return apiError(exchanged.error);
  return answer(show(exchanged.user, content, exchanged.viewId));
}

function update(call: ApiCall): ApiAnswer {
  const id = textArg(call, 'view_id');
  const view = id === '' ? call.views.findExternal(textArg(call, 'external_id')) : call.views.find(id);
  if (!view) return apiError('not_found');
  const content = readView(call.args.view, view.type);
  if (isRefusal(content)) return refused(content);
  return answer(call.views.update(view, content, hashArg(call)));
}

function publish(call: ApiCall): ApiAnswer {
  const person = personById(textArg(call, 'user_id'));
  if (!person || person.isBot) return apiError('user_not_found');
  const content = readView(call.args.view, 'home');
  if (isRefusal(content)) return refused(content);
  return answer(call.views.publish(person.id, content, hashArg(call)));
}

function hashArg(call: ApiCall): string | undefined {
  return textArg(call, 'hash') || undefined;
}

function refused(refusal: Refusal): ApiAnswer {
  return refusal.error === 'invalid_arguments'
    ? apiError(refusal.error, refusal.problems)
    : refusalAnswer(refusal);
}

function answer(view: View | { error: string }): ApiAnswer {
  return isViewError(view) ? apiError(view.error) : { ok: true, view: viewJson(view, { state: false }) };
}
