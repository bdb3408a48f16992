import { make } from './dom.browser.js';

const byId = (id) => document.getElementById(id);

/** The place of the Home tab among the conversations' ids. */
export const HOME = 'home';

/**
 * Shows the conversations of a person.
 * @param shown {channels, place (open conversation's id or HOME), unread}
 * @param open called with the id of what is picked
 */
export function showSidebar(shown, open) {
  const entries = shown.channels.map((channel) => ({ channel, item: sidebarItem(channel, shown, open) }));
  const items = (kind) => entries.filter(({ channel }) => channel.kind === kind).map(({ item }) => item);
  byId('channels').replaceChildren(...items('channel'));
  byId('direct').replaceChildren(...items('im'));
  const home = entry('⌂', 'Home', { isOpen: shown.place === HOME, isUnread: false });
  home.firstElementChild.addEventListener('click', () => open(HOME));
  byId('app').replaceChildren(home);
}

function sidebarItem(channel, shown, open) {
  const state = { isOpen: channel.id === shown.place, isUnread: shown.unread.has(channel.id) };
  const item = entry(channel.isPrivate ? '◆' : '#', titleOf(channel), state, channel.kind === 'im');
  item.firstElementChild.addEventListener('click', () => open(channel.id));
  return item;
}

function entry(sign, title, { isOpen, isUnread }, isDirect = false) {
  const mark = isDirect
    ? make('span', { class: 'presence' })
    : make('span', { class: 'sign', 'aria-hidden': 'true' }, sign);
  const badge = isUnread ? make('span', { class: 'unread', 'aria-label': 'new messages' }, 'new') : undefined;
  const attributes = {
    type: 'button',
    'aria-current': isOpen ? 'page' : undefined,
    class: isUnread ? 'conversation has-unread' : 'conversation',
  };
  return make('li', {}, make('button', attributes, mark, title, badge));
}

export function titleOf(channel) {
  return channel.kind === 'im' ? 'cwsync' : channel.name;
}

/** What stands beside the name of an open conversation. */
export function topicOf(channel, people) {
  if (channel.kind === 'im') return 'Your direct messages with the app';
  const isBotHere = channel.members.some(
    (member) => people.find((one) => one.id === member)?.name === 'cwsync',
  );
  const shared = channel.isShared ? ', shared with Partner Company' : '';
  if (channel.isArchived) return `This channel is archived${shared}`;
  return isBotHere
    ? `${channel.members.length} members, cwsync is one of them${shared}`
    : `cwsync is not a member here${shared}`;
}
