/** What Teams must know of the app, made from what the code uses. */

export type ManifestCommand = { readonly title: string; readonly description: string };

export type ManifestOptions = {
  /** Of the app registration; also of the app. */
  readonly appId: string;
  /** Whose page says who made it. */
  readonly website: string;
  readonly version: string;
  /** In the order in which they are offered; those that are too many are left out. */
  readonly commands: readonly ManifestCommand[];
};

export const manifestVersion = '1.19';
/** Of one scope. */
const commandsAtMost = 10;
const titleAtMost = 32;
const descriptionAtMost = 128;

export function teamsManifest({ appId, website, version, commands }: ManifestOptions) {
  const listed = commands
    .filter(({ title }) => title.length <= titleAtMost)
    .slice(0, commandsAtMost)
    .map(({ title, description }) => ({ title, description: description.slice(0, descriptionAtMost) }));
  return {
    $schema: `https://developer.microsoft.com/json-schemas/teams/v${manifestVersion}/MicrosoftTeams.schema.json`,
    manifestVersion,
    version,
    id: appId,
    developer: {
      name: 'cwsync',
      websiteUrl: website,
      privacyUrl: website,
      termsOfUseUrl: website,
    },
    name: { short: 'cwsync', full: 'cwsync: ConnectWise projects and their plans in step' },
    description: {
      short: 'See and steer the sync of ConnectWise projects',
      full: 'cwsync keeps ConnectWise projects and their plans in step. See whether your projects are in sync and why not, sync one now, and hear when a sync fails and when that is over.',
    },
    icons: { color: 'color.png', outline: 'outline.png' },
    accentColor: '#1F2937',
    bots: [
      {
        botId: appId,
        scopes: ['personal', 'team', 'groupChat'] as const,
        supportsFiles: false,
        isNotificationOnly: false,
        commandLists: [{ scopes: ['personal', 'team', 'groupChat'] as const, commands: listed }],
      },
    ],
    permissions: ['identity', 'messageTeamMembers'] as const,
    validDomains: [] as const,
  };
}
