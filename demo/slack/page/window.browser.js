import { makeComposer } from './composer.browser.js';
import { askFirst } from './confirm.browser.js';
import { make } from './dom.browser.js';
import { readFields } from './fields.browser.js';
import { showMessages } from './messages.browser.js';
import { makeModal } from './modal.browser.js';
import { ask, post } from './server.browser.js';
import { HOME, showSidebar, titleOf, topicOf } from './sidebar.browser.js';
import { clearSurface, showSurface } from './surface.browser.js';

const byId = (id) => document.getElementById(id);

/**
 * Where the window stands: who one is, which conversation (or the Home tab) is open, and which thread. The address
 * keeps the first two (#person/channel).
 */
const place = { person: '', channel: '', thread: undefined };
const unread = new Set();
let workspace;
let feed;
let asked = 0;
let askedViews = 0;

const modal = makeModal({
  act: pressInView,
  ask: (surface, ...query) => suggest(surface.id, ...query),
  submit: (entries) => post('/_control/submit', { user: place.person, entries }),
  close: (all) => post('/_control/close', { user: place.person, all }),
});

await start();

async function start() {
  workspace = await ask('/_control/workspace');
  byId('team-name').textContent = workspace.team.name;
  byId('person').append(
    ...humans().map((person) => make('option', { value: person.id }, pickerName(person))),
  );
  byId('person').addEventListener('change', (event) => go(event.target.value, undefined));
  makeComposer(byId('composer'), (text) => {
    byId('messages').scrollTop = byId('messages').scrollHeight;
    return say(text, undefined);
  });
  makeComposer(byId('thread-composer'), (text) => say(text, place.thread));
  byId('thread-close').addEventListener('click', () => openThread(undefined));
  window.addEventListener('hashchange', readAddress);
  readAddress();
}

function humans() {
  return workspace.people.filter((person) => !['bot', 'slack'].includes(person.part));
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
  place.channel = wanted === HOME ? HOME : (mine.find((other) => other.id === wanted) ?? mine[0]).id;
  history.replaceState(null, '', `#${place.person}/${place.channel}`);
  byId('person').value = place.person;
  if (before !== place.person) listen();
  unread.delete(place.channel);
  openThread(undefined);
  drawSidebar();
  showHeader();
  byId('messages').replaceChildren();
  void refresh();
  if (place.channel === HOME) void openTab('home');
  else clearSurface(byId('home'));
}

/** What a person picks in the sidebar; the app hears that its own tabs are opened. */
function pick(channel) {
  go(place.person, channel);
  if (openChannel()?.kind === 'im') void openTab('messages');
}

function openTab(tab) {
  void refreshViews();
  return post('/_control/open', { user: place.person, tab });
}

/** Listens to the changes that this person may see. The browser itself connects again after a break. */
function listen() {
  feed?.close();
  unread.clear();
  feed = new EventSource(`/_page/changes?user=${encodeURIComponent(place.person)}`);
  feed.addEventListener('open', () => {
    byId('connection').textContent = '';
    void refresh();
    void refreshViews();
  });
  feed.addEventListener('error', () => {
    byId('connection').textContent = 'Connection lost. Trying again …';
  });
  feed.addEventListener('message', (event) => hear(JSON.parse(event.data)));
}

function hear(change) {
  if (change.kind === 'views') void refreshViews();
  else if (change.kind === 'roster') void refreshRoster();
  else if (change.channel === place.channel) void refresh();
  else if (change.kind === 'posted' && change.user !== place.person) noteUnread(change.channel);
}

async function refreshRoster() {
  workspace = (await ask('/_control/workspace')) ?? workspace;
  drawSidebar();
  showHeader();
}

function noteUnread(channel) {
  if (!myChannels().some((other) => other.id === channel)) return;
  unread.add(channel);
  drawSidebar();
}

function drawSidebar() {
  showSidebar({ channels: myChannels(), place: place.channel, unread }, pick);
}

function openChannel() {
  return workspace.channels.find((channel) => channel.id === place.channel);
}

function showHeader() {
  const channel = openChannel();
  const isHome = channel === undefined;
  for (const id of ['messages', 'composer']) byId(id).hidden = isHome;
  byId('home').hidden = !isHome;
  const sign = channel?.kind === 'channel' ? '# ' : '';
  byId('channel-name').textContent = isHome ? 'Home' : `${sign}${titleOf(channel)}`;
  byId('channel-topic').textContent = isHome
    ? 'What the app shows you alone'
    : topicOf(channel, workspace.people);
  if (!isHome) byId('text').placeholder = `Message ${sign.trim()}${titleOf(channel)} – try /cwsync help`;
}

/** Fetches and shows the open conversation. An answer that was overtaken by a newer question is dropped. */
async function refresh() {
  if (place.channel === HOME) return;
  asked += 1;
  const mine = asked;
  const query = new URLSearchParams({ user: place.person, channel: place.channel });
  const answer = await ask(`/_control/messages?${query}`);
  if (!answer || mine !== asked) return;
  const { messages } = answer;
  const hands = { act: press, ask: (message, ...rest) => suggest(message.ts, ...rest) };
  const top = messages.filter((message) => !message.threadTs || message.isBroadcast);
  const replies = (message) => messages.filter((other) => other.threadTs === message.ts).length;
  const openIt = (message) => openThread(message.threadTs ?? message.ts);
  showMessages(byId('messages'), top, makeView(), { ...hands, replies, openThread: openIt });
  const thread = messages.filter(({ ts, threadTs }) => ts === place.thread || threadTs === place.thread);
  if (place.thread) showMessages(byId('thread-messages'), thread, makeView(), hands);
}

/** Opens the side pane of a thread by the ts of its first message; undefined closes it. */
function openThread(ts) {
  place.thread = ts;
  byId('thread').hidden = ts === undefined;
  document.body.classList.toggle('with-thread', ts !== undefined);
  byId('thread-messages').replaceChildren();
  if (ts === undefined) return;
  void refresh();
  byId('thread-text').focus();
}

/** Fetches and shows the person's modals and Home tab. */
async function refreshViews() {
  askedViews += 1;
  const mine = askedViews;
  const answer = await ask(`/_control/views?user=${encodeURIComponent(place.person)}`);
  if (!answer || mine !== askedViews) return;
  modal.show(answer.modals, makeView());
  if (place.channel === HOME) showHome(answer.home);
  else clearSurface(byId('home'));
}

function showHome(surface) {
  const home = byId('home');
  if (!surface) {
    clearSurface(home, make('p', { class: 'empty' }, 'The app has published no Home tab for you yet.'));
    return;
  }
  showSurface(home, surface, makeView(), {
    act: (...pressed) => pressInView(surface, ...pressed),
    ask: (...query) => suggest(surface.id, ...query),
  });
  if (surface.trouble) {
    home.prepend(make('p', { class: 'trouble', role: 'alert' }, `⚠ ${surface.trouble}`));
  }
}

function makeView() {
  const person = workspace.people.find((other) => other.id === place.person);
  return {
    person: person.id,
    tz: person.tz,
    now: new Date(),
    people: humans().map(({ id, realName }) => ({ id, name: realName })),
    conversations: myChannels().map((channel) => ({
      id: channel.id,
      name: titleOf(channel),
      isPublic: channel.kind === 'channel' && !channel.isPrivate,
      kind: channel.kind === 'im' ? 'im' : channel.isPrivate ? 'private' : 'public',
    })),
    personName: (id) => workspace.people.find((other) => other.id === id)?.realName,
    channelName: (id) => workspace.channels.find((other) => other.id === id)?.name,
    author: (id) => {
      const author = workspace.people.find((other) => other.id === id);
      const look = author?.part.replaceAll(' ', '-') ?? 'viewer';
      return { name: author?.realName ?? id, isApp: author?.isBot ?? false, look };
    },
  };
}

async function press(message, blockId, element, pressed, control) {
  if (element.confirm && !(await askFirst(element.confirm))) return void refresh();
  const body = {
    user: place.person,
    messageTs: message.ts,
    actionId: element.action_id,
    blockId,
    ...pressed,
  };
  await busy(control, () => post('/_control/press', body));
}

/** A press in a view takes along what stands in its other fields. */
async function pressInView(surface, blockId, element, pressed, control) {
  if (element.confirm && !(await askFirst(element.confirm))) return;
  const entries = readFields(control.closest('#home, #modal-blocks'));
  const body = { user: place.person, viewId: surface.id, actionId: element.action_id, blockId, entries };
  await busy(control, () => post('/_control/press', { ...body, ...pressed }));
}

/** Only buttons and menus are locked while the app is at it: in a text one types on. */
async function busy(control, run) {
  const isLocked = control.matches('button, select');
  control.setAttribute('aria-busy', 'true');
  if (isLocked) control.disabled = true;
  await run();
  control.removeAttribute('aria-busy');
  if (isLocked) control.disabled = false;
}

function suggest(id, blockId, element, value) {
  return post('/_control/suggest', {
    user: place.person,
    place: id,
    blockId,
    actionId: element.action_id,
    value,
  });
}

function say(text, threadTs) {
  return post('/_control/say', { user: place.person, channel: place.channel, text, threadTs });
}
