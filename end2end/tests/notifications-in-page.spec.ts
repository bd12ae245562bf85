import type { BrowserContext, Page } from '@playwright/test';
import type { Desk } from '../support/desk';
import { expect, test } from '../support/test';

interface Told {
  title: string;
  body: string;
  tag: string;
  closed: boolean;
}

interface Notes {
  told: (Told & { onclick?: (event: Event) => void })[];
  asked: number;
  sounds: number;
  badge: number | undefined;
  away: boolean;
}

declare global {
  interface Window {
    notes: Notes;
  }
}

/** Pages in which notifications, the badge and sounds are noted, and which are looked at only if told so. */
async function note(context: BrowserContext, permission: NotificationPermission): Promise<void> {
  await context.addInitScript((given) => {
    const notes: Notes = { told: [], asked: 0, sounds: 0, badge: undefined, away: false };
    window.notes = notes;
    let permission = given;
    class Noted {
      closed = false;
      onclick: ((event: Event) => void) | undefined;
      readonly body: string;
      readonly tag: string;
      constructor(
        readonly title: string,
        options: NotificationOptions = {},
      ) {
        this.body = options.body ?? '';
        this.tag = options.tag ?? '';
        notes.told.push(this as unknown as Notes['told'][number]);
      }
      close(): void {
        this.closed = true;
      }
      static get permission(): NotificationPermission {
        return permission;
      }
      static requestPermission(): Promise<NotificationPermission> {
        notes.asked += 1;
        permission = 'granted';
        return Promise.resolve(permission);
      }
    }
    Object.assign(window, { Notification: Noted });
    Object.assign(navigator, {
      setAppBadge: (count: number) => Promise.resolve(void (notes.badge = count)),
      clearAppBadge: () => Promise.resolve(void (notes.badge = 0)),
    });
    OscillatorNode.prototype.start = () => void (notes.sounds += 1);
    Object.defineProperty(document, 'hidden', { get: () => notes.away });
    document.hasFocus = () => !notes.away;
  }, permission);
}

/** The person looks elsewhere, or comes back. */
async function look(page: Page, away: boolean): Promise<void> {
  await page.evaluate((away) => {
    window.notes.away = away;
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    window.dispatchEvent(new Event(away ? 'blur' : 'focus'));
  }, away);
}

async function told(desk: Desk): Promise<Told[]> {
  return desk.page.evaluate(() => window.notes.told.map(({ title, body, tag, closed }) => ({ title, body, tag, closed })));
}

async function shown(desk: Desk): Promise<string[]> {
  return (await told(desk)).filter(({ closed }) => !closed).map(({ title, body }) => `${title}: ${body}`);
}

/** A browser whose pages are noted. */
async function noted(
  signedIn: (who: 'ana', path?: string) => Promise<Desk>,
  path: string,
  permission: NotificationPermission = 'granted',
): Promise<Desk> {
  const desk = await signedIn('ana', '/people');
  await note(desk.page.context(), permission);
  await desk.page.goto(path);
  await desk.live();
  return desk;
}

test('a message to a page in the background is told, and pressing it shows the message', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  await ben.say(thread, 'Before.');
  const hers = await noted(signedIn, '/settings');

  await ben.say(thread, 'Seen at once.');
  await expect(hers.row(ben.name)).toContainText('Seen at once.');
  await look(hers.page, true);
  await ben.say(thread, 'Are you **there**?');
  await expect.poll(() => shown(hers)).toEqual([`${ben.name}: Are you there?`]);
  expect(await hers.page.evaluate(() => window.notes.sounds)).toBeGreaterThan(0);
  await expect(hers.page).toHaveTitle(/^\(3\)/);
  expect(await hers.page.evaluate(() => window.notes.badge)).toBe(3);
  await expect(hers.page.locator('link[rel=icon]')).toHaveAttribute('href', /waiting/);

  await hers.page.evaluate(() => window.notes.told.at(-1)?.onclick?.(new Event('click')));
  await expect(hers.page).toHaveURL(new RegExp(`/threads/${thread}\\?at=3`));
  await look(hers.page, false);
  await expect(hers.unread(ben.name)).toHaveCount(0);
  await expect(hers.page.locator('link[rel=icon]')).toHaveAttribute('href', '/favicon.svg');
  await expect.poll(() => shown(hers)).toEqual([]);
});

test('what is read elsewhere is taken back, and what is muted or no mention is not told', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  const hers = await noted(signedIn, '/settings');
  await look(hers.page, true);

  await ben.say(thread, 'One.');
  await expect.poll(() => shown(hers)).toEqual([`${ben.name}: One.`]);
  await ana.api.post(`/api/v1/threads/${thread}/read`, { data: { seq: 1 } });
  await expect.poll(() => shown(hers)).toEqual([]);

  await ana.api.put(`/api/v1/threads/${thread}/settings`, { data: { level: 'mentions' } });
  await ben.say(thread, 'No mention.');
  await ben.say(thread, 'A mention, @ana.');
  await expect.poll(() => shown(hers)).toEqual([`${ben.name}: A mention, @ana.`]);
  expect(await told(hers)).toHaveLength(2);

  await ana.api.put(`/api/v1/threads/${thread}/settings`, { data: { muted_until: 253402300799000 } });
  await ben.say(thread, 'Muted, @ana.');
  await expect(hers.row(ben.name)).toContainText('Muted, @ana.');
  expect(await told(hers)).toHaveLength(2);
});

test('what is deleted, or in a group that one is taken out of, is taken back', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  const group = await ben.groupWith([ana], 'Summer party');
  const hers = await noted(signedIn, '/settings');
  await look(hers.page, true);

  await ben.say(thread, 'Not meant for her.');
  await ben.say(group, 'Bring a salad.');
  await expect.poll(() => shown(hers)).toEqual([`${ben.name}: Not meant for her.`, `${ben.name} in Summer party: Bring a salad.`]);
  const deleted = await ben.api.delete(`/api/v1/threads/${thread}/messages/1`);
  expect(deleted.ok()).toBe(true);
  await expect.poll(() => shown(hers)).toEqual([`${ben.name} in Summer party: Bring a salad.`]);
  await ben.remove(group, ana);
  await expect.poll(() => shown(hers)).toEqual([]);
});

test('of two tabs in the background one tells, and none while the person looks at one', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  const first = await noted(signedIn, '/settings');
  const second = await first.newTab('/people');
  await look(first.page, true);

  await ben.say(thread, 'She looks at the other tab.');
  for (const desk of [first, second]) await expect(desk.row(ben.name)).toContainText('She looks at the other tab.');
  await look(second.page, true);
  await ben.say(thread, 'She looks at neither.');
  for (const desk of [first, second]) await expect(desk.row(ben.name)).toContainText('She looks at neither.');
  const all = async () => [...(await shown(first)), ...(await shown(second))];
  await expect.poll(all).toEqual([`${ben.name}: She looks at neither.`]);
});

test('nobody is asked before they press something, and the offer goes when it is answered', async ({ signedIn }) => {
  const hers = await noted(signedIn, '/settings', 'default');
  const offer = hers.page.getByRole('button', { name: 'Turn on notifications' });

  await expect(offer).toBeEnabled();
  expect(await hers.page.evaluate(() => window.notes.asked)).toBe(0);
  await offer.click();
  await expect(hers.page.getByText('This browser may show notifications')).toBeVisible();
  await expect(offer).toHaveCount(0);
  expect(await hers.page.evaluate(() => window.notes.asked)).toBe(1);
});
