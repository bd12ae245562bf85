import { mkdtemp, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LOST_CONNECTION } from '../support/console';
import { Desk } from '../support/desk';
import { expect, test } from '../support/test';

/** How often the browser is killed; more by hand. */
const KILLS = Number(process.env.TIDINGS_KILLS ?? 3);

test.beforeEach(({ complaints }) => complaints.expect(LOST_CONNECTION));

test('what the page shows as kept is sent once, though the browser is killed right after Enter', async ({ launchOptions, people, playwright, server, signedIn }) => {
  test.setTimeout(60_000 + KILLS * 30_000);
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const path = `/threads/${await ana.threadWith(ben)}`;
  const profile = await mkdtemp(join(tmpdir(), 'tidings-profile-'));
  const texts: string[] = [];
  for (let round = 1; round <= KILLS; round += 1) {
    const context = await playwright.chromium.launchPersistentContext(profile, { ...launchOptions, baseURL: server.url });
    await context.addCookies((await ana.api.storageState()).cookies);
    const hers = await Desk.open(context, path);
    await hers.live();
    for (const text of texts) await expect(hers.message(text)).toHaveCount(1);

    server.wire.cutEverything();
    const text = `Killed ${round} times.`;
    await hers.say(text);
    await expect(hers.progress(text)).toHaveAccessibleName('Sending…');
    const gone = new Promise((resolve) => context.once('close', resolve));
    process.kill(await chromiumOf(profile), 'SIGKILL');
    await gone;
    texts.push(text);
    server.wire.mend();
  }
  const context = await playwright.chromium.launchPersistentContext(profile, { ...launchOptions, baseURL: server.url });
  await context.addCookies((await ana.api.storageState()).cookies);
  await (await Desk.open(context, path)).live();

  const his = await signedIn(ben, path);
  await expect(his.messages.getByText(/^Killed \d+ times\.$/)).toHaveText(texts);
  await context.close();
  await rm(profile, { recursive: true, force: true });
});

test('five tabs that wrote without a connection deliver each message once, in the order of each tab', async ({ people, server, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const path = `/threads/${await ana.threadWith(ben)}`;
  const first = await signedIn(ana, path);
  const tabs = [first];
  while (tabs.length < 5) tabs.push(await first.newTab(path));

  server.wire.cutEverything();
  for (const [n, tab] of tabs.entries()) {
    for (const part of ['begins', 'goes on', 'ends']) await tab.say(`Tab ${n} ${part}.`);
    await expect(tab.progress(`Tab ${n} ends.`)).toHaveAccessibleName('Sending…');
  }
  server.wire.mend();

  const his = await signedIn(ben, path);
  await expect(his.messages.getByText(/^Tab \d /)).toHaveCount(15, { timeout: 60_000 });
  const said = await his.messages.getByText(/^Tab \d /).allTextContents();
  for (const n of tabs.keys()) {
    expect(said.filter((text) => text.startsWith(`Tab ${n} `))).toEqual([`Tab ${n} begins.`, `Tab ${n} goes on.`, `Tab ${n} ends.`]);
  }
});

test('what a closed tab has not sent is taken over by another at once', async ({ people, server, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const path = `/threads/${await ana.threadWith(ben)}`;
  const stays = await signedIn(ana, path);
  const goes = await stays.newTab(path);

  server.wire.cutEverything();
  await goes.say('Left behind.');
  await expect(goes.progress('Left behind.')).toHaveAccessibleName('Sending…');
  await expect(stays.message('Left behind.')).toHaveCount(0);
  await goes.page.close();
  await expect(stays.progress('Left behind.')).toHaveAccessibleName('Sending…', { timeout: 2_000 });
  server.wire.mend();

  const his = await signedIn(ben, path);
  await expect(his.message('Left behind.')).toHaveCount(1, { timeout: 40_000 });
});

for (const [how, broken] of [
  ['missing', () => Object.defineProperty(window, 'indexedDB', { value: undefined })],
  [
    'full',
    () => {
      IDBObjectStore.prototype.put = () => {
        throw new DOMException('The disk is full.', 'QuotaExceededError');
      };
    },
  ],
] as const) {
  test(`with a storage that is ${how}, writing works and the page says that it keeps nothing`, async ({ people, signedIn, stranger }) => {
    const [ana, ben] = [await people.get('ana'), await people.get('ben')];
    const path = `/threads/${await ana.threadWith(ben)}`;
    const hers = await stranger('/sign-in', { storageState: await ana.api.storageState() });
    await hers.page.addInitScript(broken);
    await hers.page.goto(path);
    await hers.live();
    const his = await signedIn(ben, path);

    await hers.say('Not kept, but sent.');
    await expect(his.message('Not kept, but sent.')).toHaveCount(1);
    await expect(hers.page.getByRole('alert')).toContainText("This browser can't keep unsent messages.");
  });
}

test('a refused message says why and does not hold up the next', async ({ people, signedIn, stranger }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const path = `/threads/${await ana.threadWith(ben)}`;
  const hers = await stranger('/sign-in', { storageState: await ana.api.storageState() });
  await hers.page.routeWebSocket('**/api/v1/socket', (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((text) => {
      const frame = JSON.parse(text.toString()) as { id: number; command?: { body?: string } };
      if (frame.command?.body === 'Refuse this.') {
        const error = { code: 'forbidden', message: 'This thread is closed.' };
        socket.send(JSON.stringify({ type: 'refused', id: frame.id, error }));
      } else {
        server.send(text);
      }
    });
  });
  await hers.page.goto(path);
  await hers.hydrated();
  for (const text of ['Before.', 'Refuse this.', 'After.']) await hers.say(text);

  await expect(hers.progress('Refuse this.')).toHaveAccessibleName('Not sent: This thread is closed.');
  const his = await signedIn(ben, path);
  await expect(his.messages.getByText(/^(Before|After)\.$/)).toHaveText(['Before.', 'After.']);
  await hers.page.reload();
  await expect(hers.progress('Refuse this.')).toHaveAccessibleName('Not sent: This thread is closed.');
  await hers.page.getByRole('button', { name: 'Discard' }).click();
  await expect(hers.message('Refuse this.')).toHaveCount(0);
});

test('a page that is too old is told to reload, and loses neither draft nor unsent messages', async ({ people, server, signedIn, stranger }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const path = `/threads/${await ana.threadWith(ben)}`;
  let outdated = false;
  const hers = await stranger('/sign-in', { storageState: await ana.api.storageState() });
  await hers.page.routeWebSocket('**/api/v1/socket', (socket) => {
    const server = socket.connectToServer();
    server.onMessage((text) => socket.send(outdated ? text.toString().replace(/"version":\d+/, '"version":60000') : text));
  });
  // Long-poll would bring the true version.
  await hers.page.route('**/api/v1/poll', (route) => route.abort());
  await hers.page.goto(path);
  await hers.hydrated();
  await hers.say('Connected.');
  await expect(hers.progress('Connected.')).toHaveAccessibleName(/Sent|Delivered/);

  outdated = true;
  server.wire.cutSockets();
  await hers.say('Written to an old version.');
  server.wire.mend();
  await expect(hers.page.getByRole('alert')).toContainText('Tidings has a new version.');
  await hers.field.fill('Half a thought');
  outdated = false;
  await hers.page.getByRole('button', { name: 'Reload' }).click();

  await expect(hers.field).toHaveValue('Half a thought');
  await expect(hers.progress('Written to an old version.')).toHaveAccessibleName(/Sent|Delivered/, { timeout: 40_000 });
  const his = await signedIn(ben, path);
  await expect(his.message('Written to an old version.')).toHaveCount(1);
});

/** The process that has a profile open: its lock names it. */
async function chromiumOf(profile: string): Promise<number> {
  const lock = await readlink(join(profile, 'SingletonLock'));
  const pid = Number(/-(\d+)$/.exec(lock)?.[1]);
  expect(pid, 'the browser is known by its lock').toBeGreaterThan(1);
  return pid;
}
