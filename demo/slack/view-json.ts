import { APP_ID, BOT_ID, TEAM } from './directory.ts';
import { stateValues } from './elements.ts';
import type { View } from './view-store.ts';

/** A view as Slack writes it in Web API answers, in events and (with what was entered) in interaction payloads. */
export function viewJson(view: View, options: { state: boolean }): Record<string, unknown> {
  const isModal = view.type === 'modal';
  return {
    id: view.id,
    team_id: TEAM.id,
    type: view.type,
    blocks: view.blocks,
    private_metadata: view.privateMetadata,
    callback_id: view.callbackId,
    state: { values: options.state ? stateValues(view.blocks, view.entered) : {} },
    hash: view.hash,
    title: view.title,
    clear_on_close: view.clearOnClose,
    notify_on_close: view.notifyOnClose,
    close: view.close,
    submit: view.submit,
    previous_view_id: isModal ? view.previousId : null,
    root_view_id: view.rootId,
    app_id: APP_ID,
    external_id: view.externalId,
    app_installed_team_id: TEAM.id,
    bot_id: BOT_ID,
  };
}
