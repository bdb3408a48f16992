/** What Slack must know of the app, made from what the code uses. */
import { methodScopes } from './api.ts';
import { listenedEvents, slashCommand } from './listeners.ts';

/** Slack delivers events only to apps that hold these. */
const eventScopes = {
  app_home_opened: [],
  app_mention: ['app_mentions:read'],
  'message.im': ['im:history'],
} as const satisfies { readonly [event in (typeof listenedEvents)[number]]: readonly string[] };

/** Every scope of the bot's token, in alphabetical order. */
export function neededScopes(): readonly string[] {
  const scopes = [
    'commands',
    ...Object.values(methodScopes).flat(),
    ...listenedEvents.flatMap((event) => eventScopes[event]),
  ];
  return [...new Set<string>(scopes)].sort();
}

/** @param granted as Slack tells it; undefined where it does not: then nothing is known to be missing */
export function missingScopes(granted: readonly string[] | undefined): readonly string[] {
  return granted === undefined ? [] : neededScopes().filter((scope) => !granted.includes(scope));
}

/** @param url the public address that Slack calls; absent for Socket Mode, which needs none */
export function slackManifest(url?: string) {
  const request = url === undefined ? undefined : new URL('/slack/events', url).href;
  const called = request === undefined ? {} : { request_url: request };
  return {
    display_information: {
      name: 'cwsync',
      description: 'Keeps ConnectWise projects and their plans in step',
      background_color: '#1f2937',
    },
    features: {
      app_home: { home_tab_enabled: true, messages_tab_enabled: true, messages_tab_read_only_enabled: false },
      bot_user: { display_name: 'cwsync', always_online: true },
      slash_commands: [
        {
          command: slashCommand,
          description: 'See and steer the sync of ConnectWise projects',
          usage_hint: 'status | sync <project> | help',
          // People are given as <@U…>, so that the id is read and not a name.
          should_escape: true,
          ...(request === undefined ? {} : { url: request }),
        },
      ],
    },
    oauth_config: { scopes: { bot: [...neededScopes()] } },
    settings: {
      event_subscriptions: { ...called, bot_events: [...listenedEvents] },
      interactivity: {
        is_enabled: true,
        ...called,
        ...(request === undefined ? {} : { message_menu_options_url: request }),
      },
      org_deploy_enabled: false,
      socket_mode_enabled: request === undefined,
      token_rotation_enabled: false,
    },
  };
}
