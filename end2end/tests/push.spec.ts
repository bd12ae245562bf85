import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page, Worker } from '@playwright/test';
import { expect, test } from '../support/test';

/** The example of RFC 8291: a push service would need its private part, and here nobody reads what is pushed. */
const KEYS = {
  p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
  auth: 'BTBZMqHH6r4Tts7J_aSIgg',
};

/** Registers the service worker, and gives what delivers pushes to it as the browser does. */
async function receiving(page: Page): Promise<{ worker: Worker; push: (payload: object | string) => Promise<void> }> {
  const context = page.context();
  const session = await context.newCDPSession(page);
  const registered = new Promise<string>((found) => {
    session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const [one] = registrations.filter(({ isDeleted }) => !isDeleted);
      if (one !== undefined) found(one.registrationId);
    });
  });
  await session.send('ServiceWorker.enable');
  await page.evaluate(async () => {
    await navigator.serviceWorker.register('/service-worker.js');
    await navigator.serviceWorker.ready;
  });
  const registrationId = await registered;
  const origin = new URL(page.url()).origin;
  const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
  const push = async (payload: object | string) => {
    const data = typeof payload === 'string' ? payload : JSON.stringify(payload);
    await session.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data });
  };
  return { worker, push };
}

/** What the system shows of us. Chromium forgets what is shown while somebody looks, which a lock of ours prevents. */
function shown(page: Page): Promise<{ title: string; body: string; silent: boolean | null }[]> {
  return page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    const all = await navigator.locks.request('tidings-notifications', () => registration.getNotifications());
    return all.map(({ title, body, silent }) => ({ title, body, silent: silent ?? false }));
  });
}

/** Clicks the notification that is shown, which no test can do by hand. */
function click(worker: Worker): Promise<void> {
  return worker.evaluate(async () => {
    const scope = self as unknown as { registration: ServiceWorkerRegistration; dispatchEvent(event: Event): void };
    const [notification] = await scope.registration.getNotifications();
    const Clicked = (self as unknown as { NotificationEvent: new (type: string, init: object) => Event }).NotificationEvent;
    scope.dispatchEvent(new Clicked('notificationclick', { notification }));
  });
}

test('a push is shown, and a click on it opens the thread at the message', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  const his = await signedIn(ben, '/settings', { permissions: ['notifications'] });
  const { worker, push } = await receiving(his.page);
  const script = await his.page.request.get('/service-worker.js');
  expect(script.headers()['content-security-policy']).toContain("connect-src 'self'");

  await push({ type: 'message', thread, seq: 1, title: ana.name, text: 'The bus leaves at ten.', unread: 1 });

  await expect.poll(() => shown(his.page)).toEqual([{ title: ana.name, body: 'The bus leaves at ten.', silent: false }]);
  // A second one of the same thread takes its place, and the same one again makes no sound.
  await push({ type: 'message', thread, seq: 2, title: ana.name, text: 'From platform two.', unread: 2 });
  await expect.poll(() => shown(his.page)).toEqual([{ title: ana.name, body: 'From platform two.', silent: false }]);
  await push({ type: 'message', thread, seq: 2, title: ana.name, text: 'From platform two.', unread: 2 });
  await expect.poll(() => shown(his.page)).toEqual([{ title: ana.name, body: 'From platform two.', silent: true }]);
  await click(worker);
  await expect(his.page).toHaveURL(new RegExp(`/threads/${thread}\\?at=2$`));
  await expect(his.field).toBeVisible();
  expect(await shown(his.page)).toEqual([]);
});

test('what was read elsewhere is taken away, and every push shows something', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  const his = await signedIn(ben, '/settings', { permissions: ['notifications'] });
  const { push } = await receiving(his.page);

  await push({ type: 'message', thread, seq: 3, title: ana.name, text: 'Three.', unread: 1 });
  await expect.poll(() => shown(his.page)).toHaveLength(1);
  // What was read is older than what is shown: it stays.
  await push({ type: 'withdraw', thread, seq: 2, unread: 1 });
  await push({ type: 'withdraw', thread, seq: 3, unread: 0 });
  await expect.poll(() => shown(his.page)).toEqual([]);

  await push('no payload of ours');
  await expect.poll(() => shown(his.page)).toEqual([{ title: 'Tidings', body: 'Something new', silent: false }]);
});

test('of a page in the background and the push that follows, one tells', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  const his = await signedIn(ben, '/settings', { permissions: ['notifications'] });
  await his.page.addInitScript(() => {
    Object.defineProperty(document, 'hidden', { get: () => true });
    document.hasFocus = () => false;
    // Chromium's own push service is out of reach of a test.
    const subscription = { endpoint: 'https://push.example/ben', keys: { p256dh: 'p', auth: 'a' } };
    PushManager.prototype.getSubscription = async () => ({ ...subscription, toJSON: () => subscription }) as never;
  });
  await his.page.goto('/settings');
  await his.live();
  const { worker, push } = await receiving(his.page);

  // The page has its own sound.
  const told = { title: ana.name, body: 'The bus leaves at ten.', silent: true };
  await ana.say(thread, told.body);
  await expect.poll(() => shown(his.page)).toEqual([told]);
  await push({ type: 'message', thread, seq: 1, title: ana.name, text: told.body, unread: 1 });
  // Pushes are dealt with one after the other: the second one shows that the first one was.
  await push('another');
  await expect.poll(() => shown(his.page)).toContainEqual({ title: 'Tidings', body: 'Something new', silent: false });
  expect(await shown(his.page)).toContainEqual(told);

  await ben.api.post(`/api/v1/threads/${thread}/read`, { data: { seq: 1 } });
  await expect.poll(() => shown(his.page)).toEqual([{ title: 'Tidings', body: 'Something new', silent: false }]);
  await worker.evaluate(async () => {
    const scope = self as unknown as { registration: ServiceWorkerRegistration };
    for (const one of await scope.registration.getNotifications()) one.close();
  });
  await ana.say(thread, 'From platform two.');
  await expect.poll(() => shown(his.page)).toEqual([{ title: ana.name, body: 'From platform two.', silent: true }]);
  await click(worker);
  await expect(his.page).toHaveURL(new RegExp(`/threads/${thread}\\?at=2$`));
});

test.describe('with a push service on this machine', () => {
  test.use({ settings: { TIDINGS_OUTBOUND_LOOPBACK: 'true' } });

  test('notifications are turned on, tested, hidden and turned off in the settings', async ({ signedIn }) => {
    let status = 201;
    const pushes: IncomingMessage[] = [];
    const service = createServer((request, answer) => {
      pushes.push(request);
      answer.writeHead(status).end();
    });
    service.listen(0, '127.0.0.1');
    await once(service, 'listening');
    const endpoint = `http://127.0.0.1:${(service.address() as AddressInfo).port}/push/ben`;

    const his = await signedIn('ben', '/', { permissions: ['notifications'] });
    // Chromium's own push service is out of reach of a test.
    await his.page.addInitScript(
      ({ endpoint, keys }) => {
        PushManager.prototype.getSubscription = async () => null;
        PushManager.prototype.subscribe = async () =>
          ({ endpoint, toJSON: () => ({ endpoint, keys }) }) as unknown as PushSubscription;
      },
      { endpoint, keys: KEYS },
    );
    await his.page.goto('/settings');
    await his.live();
    const panel = his.page.getByRole('region', { name: 'Push notifications' });

    await panel.getByRole('button', { name: 'Turn on in this browser' }).click();
    const browser = panel.getByRole('listitem').filter({ hasText: 'this browser' });
    await expect(browser).toContainText('Not used yet');
    await browser.getByRole('button', { name: 'Send a test' }).click();
    await expect(panel.getByRole('status').filter({ hasText: 'taken the test' })).toBeVisible();
    await expect(browser).toContainText('Works, last used');
    expect(pushes[0]?.headers['content-encoding']).toBe('aes128gcm');
    expect(pushes[0]?.headers.authorization).toMatch(/^vapid t=[\w.-]+, k=[\w-]{87}$/);

    await panel.getByRole('checkbox', { name: 'Hide who wrote and what' }).check();
    await expect(panel.getByText('only “New message”')).toBeVisible();

    status = 403;
    await browser.getByRole('button', { name: 'Send a test' }).click();
    await expect(panel.getByRole('alert')).toContainText('refused');

    await browser.getByRole('button', { name: 'Turn off' }).click();
    await expect(panel.getByRole('button', { name: 'Turn on in this browser' })).toBeEnabled();
    await expect(panel.getByRole('checkbox', { name: 'Hide who wrote and what' })).toBeChecked();
    service.closeAllConnections();
    service.close();
  });
});

test('whoever does not allow notifications is told what to do', async ({ signedIn }) => {
  const his = await signedIn('ben', '/settings');
  await his.page.addInitScript(() => {
    Object.defineProperty(Notification, 'permission', { get: () => 'default' });
    Notification.requestPermission = async () => 'denied';
  });
  await his.page.goto('/settings');
  await his.hydrated();
  const panel = his.page.getByRole('region', { name: 'Push notifications' });
  await panel.getByRole('button', { name: 'Turn on in this browser' }).click();
  await expect(panel.getByRole('alert')).toContainText('Allow it in the settings that the browser has for this site');
});
