// Notifications: shown when they are pushed, opened when they are clicked, taken away when their message was read
// elsewhere. It keeps no pages and answers no requests.
//
// Browsers take the right to push from pages whose pushes show nothing, so every push shows a notification. Whether a
// message is worth one is decided by the server.
'use strict';

const ICON = '/icons/192.png';
const BADGE = '/icons/badge.png';
const TAKEN_AWAY_AFTER = 1000;
const ANSWERED_WITHIN = 1000;

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('push', (event) => event.waitUntil(pushed(event.data)));
self.addEventListener('notificationclick', (event) => event.waitUntil(clicked(event.notification)));
self.addEventListener('pushsubscriptionchange', (event) => event.waitUntil(subscriptionChanged(event)));

function pushed(data) {
  const payload = read(data);
  count(payload.unread);
  return alone(() => tell(payload));
}

/** Chromium forgets a notification that is shown while somebody looks at those that are: pages take this lock as well. */
function alone(job) {
  const { locks } = self.navigator;
  return locks ? locks.request('tidings-notifications', job) : job();
}

async function tell(payload) {
  switch (payload.type) {
    case 'message':
      return showMessage(payload);
    case 'withdraw':
      return takeAway(payload);
    case 'test':
      return show(payload.title, { body: payload.text, tag: 'test', data: { path: '/settings#push' } });
    default:
      return show('Tidings', { body: 'Something new', tag: 'other', data: { path: '/' } });
  }
}

function read(data) {
  try {
    return data.json() ?? {};
  } catch {
    return {};
  }
}

/** One notification for each thread, about its newest message. */
async function showMessage({ thread, seq, title, text }) {
  const shown = await shownOf(thread);
  // The same push may come twice: the second time makes no sound.
  const known = shown.some((one) => one.data?.seq >= seq);
  await show(title, {
    body: text,
    tag: thread,
    renotify: !known,
    silent: known,
    data: { thread, seq, path: `/threads/${thread}?at=${seq}` },
  });
}

/** Shows, without a sound, that there is nothing to look at any more, and then takes it away. */
async function takeAway({ thread, seq }) {
  const shown = await shownOf(thread);
  if (shown.some((one) => one.data?.seq > seq)) return;
  await show('Tidings', {
    body: 'Read on another device',
    tag: thread,
    silent: true,
    data: { thread, seq, path: `/threads/${thread}?at=${seq}` },
  });
  // Not waited for: browsers look whether something is shown when the push has been dealt with.
  const close = async () => {
    for (const one of await shownOf(thread)) if (one.data?.seq <= seq) one.close();
  };
  setTimeout(() => alone(close), TAKEN_AWAY_AFTER);
}

function show(title, options) {
  return self.registration.showNotification(title, { icon: ICON, badge: BADGE, ...options });
}

function shownOf(tag) {
  return self.registration.getNotifications({ tag });
}

/** The number on the icon of the installed application, where there is one. */
function count(unread) {
  if (typeof unread !== 'number') return;
  const done = unread > 0 ? self.navigator.setAppBadge?.(unread) : self.navigator.clearAppBadge?.();
  done?.catch(() => {});
}

/** Brings a page of ours to the front and shows there what the notification is about; opens one if there is none. */
async function clicked(notification) {
  notification.close();
  const path = notification.data?.path ?? '/';
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const page = pages.find((one) => one.focused) ?? pages.find((one) => one.visibilityState === 'visible') ?? pages[0];
  if (!page) return self.clients.openWindow(path);
  await page.focus().catch(() => {});
  if (!(await asked(page, path))) await page.navigate(path).catch(() => self.clients.openWindow(path));
}

/** Asks a page to go somewhere, which keeps what it holds; false if it does not answer. */
function asked(page, path) {
  return new Promise((answer) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => answer(true);
    setTimeout(() => answer(false), ANSWERED_WITHIN);
    page.postMessage({ type: 'open', path }, [port2]);
  });
}

/** The browser has another subscription, or none any more: the server is told of the new one. */
async function subscriptionChanged(event) {
  const answer = await fetch('/api/v1/push');
  if (!answer.ok) return;
  const { key, subscriptions } = await answer.json();
  // Only for whoever has turned it on in this browser.
  if (!subscriptions.some((one) => one.current)) return;
  const { pushManager } = self.registration;
  const subscription =
    event.newSubscription ??
    (await pushManager.getSubscription()) ??
    (await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }));
  const { endpoint, keys } = subscription.toJSON();
  await fetch('/api/v1/push/subscriptions', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    // Without a name it keeps the one it has.
    body: JSON.stringify({ endpoint, p256dh: keys.p256dh, auth: keys.auth, name: '' }),
  });
}
