import { askFirst } from './confirm.browser.js';
import { make } from './dom.browser.js';
import { showMessages } from './messages.browser.js';

const byId = (id) => document.getElementById(id);

/** Where the window stands: who one is, and which conversation is open. The address keeps both (#person/channel). */
const place = { person: '', channel: '' };
const unread = new Set();
let workspace;
let feed;
let asked = 0;

await start();

async function start() {
  workspace = await (await fetch('/_control/workspace')).json();
  byId('team-name').textContent = workspace.team.name;
  byId('person').append(
    ...humans().map((person) => make('option', { value: person.id }, pickerName(person))),
  );
  byId('person').addEventListener('change', (event) => go(event.target.value, undefined));
  byId('composer').addEventListener('submit', (event) => {
    event.preventDefault();
    void send();
  });
  byId('text').addEventListener('keydown', sendOnEnter);
  byId('text').addEventListener('input', growWithText);
  window.addEventListener('hashchange', readAddress);
  readAddress();
}

function humans() {
  return workspace.people.filter((person) => person.part === 'admin' || person.part === 'viewer');
}

function pickerName(person) {
  return `${person.realName.split(' ')[0]} (${person.part})`;
}

function myChannels() {
  return workspace.channels.filter((channel) => channel.members.includes(place.person));
}

function readAddress() {
  const [person, channel] = location.hash.slice(1).split('/');
  go(person, channel);
}

/** Opens a conversation as a person; what does not exist becomes the first one there is. */
function go(person, channel) {
  const before = place.person;
  place.person = humans().some((other) => other.id === person) ? person : humans()[0].id;
  const mine = myChannels();
  const wanted = channel ?? place.channel;
  place.channel = (mine.find((other) => other.id === wanted) ?? mine[0]).id;
  history.replaceState(null, '', `#${place.person}/${place.channel}`);
  byId('person').value = place.person;
  if (before !== place.person) listen();
  unread.delete(place.channel);
  showSidebar();
  showHeader();
  byId('messages').replaceChildren();
  void refresh();
}

/** Listens to the changes that this person may see. The browser itself connects again after a break. */
function listen() {
  feed?.close();
  unread.clear();
  feed = new EventSource(`/_page/changes?user=${encodeURIComponent(place.person)}`);
  feed.addEventListener('open', () => {
    byId('connection').textContent = '';
    void refresh();
  });
  feed.addEventListener('error', () => {
    byId('connection').textContent = 'Connection lost. Trying again …';
  });
  feed.addEventListener('message', (event) => {
    const change = JSON.parse(event.data);
    if (change.channel === place.channel) void refresh();
    else if (change.kind === 'posted' && change.user !== place.person) noteUnread(change.channel);
  });
}

function noteUnread(channel) {
  if (!myChannels().some((other) => other.id === channel)) return;
  unread.add(channel);
  showSidebar();
}

function showSidebar() {
  const entries = myChannels().map((channel) => ({ channel, item: sidebarItem(channel) }));
  const items = (kind) => entries.filter(({ channel }) => channel.kind === kind).map(({ item }) => item);
  byId('channels').replaceChildren(...items('channel'));
  byId('direct').replaceChildren(...items('im'));
}

function sidebarItem(channel) {
  const isOpen = channel.id === place.channel;
  const isUnread = unread.has(channel.id);
  const sign =
    channel.kind === 'im' ? make('span', { class: 'presence' }) : make('span', { class: 'sign' }, '#');
  const badge = isUnread ? make('span', { class: 'unread', 'aria-label': 'new messages' }, 'new') : undefined;
  const attributes = {
    type: 'button',
    'aria-current': isOpen ? 'page' : undefined,
    class: isUnread ? 'conversation has-unread' : 'conversation',
  };
  const button = make('button', attributes, sign, channelTitle(channel), badge);
  button.addEventListener('click', () => go(place.person, channel.id));
  return make('li', {}, button);
}

function channelTitle(channel) {
  return channel.kind === 'im' ? 'cwsync' : channel.name;
}

function openChannel() {
  return workspace.channels.find((channel) => channel.id === place.channel);
}

function showHeader() {
  const channel = openChannel();
  const title = channel.kind === 'im' ? 'cwsync' : `# ${channel.name}`;
  byId('channel-name').textContent = title;
  byId('channel-topic').textContent = topicOf(channel);
  byId('text').placeholder =
    `Message ${channel.kind === 'im' ? 'cwsync' : `#${channel.name}`} – try /cwsync help`;
}

function topicOf(channel) {
  if (channel.kind === 'im') return 'Your direct messages with the app';
  const isBotHere = channel.members.some(
    (member) => workspace.people.find((one) => one.id === member)?.isBot,
  );
  return isBotHere
    ? `${channel.members.length} members, cwsync is one of them`
    : 'cwsync is not a member here';
}

/** Fetches and shows the open conversation. An answer that was overtaken by a newer question is dropped. */
async function refresh() {
  asked += 1;
  const mine = asked;
  const query = new URLSearchParams({ user: place.person, channel: place.channel });
  const response = await fetch(`/_control/messages?${query}`).catch(() => undefined);
  if (!response?.ok || mine !== asked) return;
  const { messages } = await response.json();
  if (mine === asked) showMessages(byId('messages'), messages, makeView(), press);
}

function makeView() {
  const person = workspace.people.find((other) => other.id === place.person);
  return {
    person: person.id,
    tz: person.tz,
    now: new Date(),
    personName: (id) => workspace.people.find((other) => other.id === id)?.realName,
    channelName: (id) => workspace.channels.find((other) => other.id === id)?.name,
    author: (id) => {
      const author = workspace.people.find((other) => other.id === id);
      return { name: author?.realName ?? id, isApp: author?.isBot ?? false, look: author?.part ?? 'viewer' };
    },
  };
}

async function press(message, blockId, element, option, control) {
  if (element.confirm && !(await askFirst(element.confirm))) return void refresh();
  control.setAttribute('aria-busy', 'true');
  control.disabled = true;
  const body = { user: place.person, messageTs: message.ts, actionId: element.action_id, blockId, option };
  await post('/_control/press', body);
  control.removeAttribute('aria-busy');
  control.disabled = false;
}

async function send() {
  const input = byId('text');
  const text = input.value.trim();
  if (text === '') return;
  input.value = '';
  growWithText();
  byId('messages').scrollTop = byId('messages').scrollHeight;
  await post('/_control/say', { user: place.person, channel: place.channel, text });
}

/** Failures show in the conversation itself; only a lost server is told here. */
async function post(address, body) {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(address, { method: 'POST', headers, body: JSON.stringify(body) }).catch(
    () => undefined,
  );
  byId('connection').textContent = response?.ok
    ? ''
    : 'The local Slack did not take that. Is it still running?';
}

function sendOnEnter(event) {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  byId('composer').requestSubmit();
}

function growWithText() {
  const input = byId('text');
  input.style.height = 'auto';
  input.style.height = `${Math.min(input.scrollHeight, 160)}px`;
}
