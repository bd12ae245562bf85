import type { BrowserContext, Page } from '@playwright/test';
import { INJECTIONS, inPieces, within } from '../support/injections';
import { expect, test } from '../support/test';

interface Watch {
  /** Calls of `ran`, and what the content security policy stopped. */
  readonly alarms: string[];
}

/** Hears of every script that runs and of everything the policy stops, in each page from its first moment. */
async function watch(context: BrowserContext): Promise<Watch> {
  const alarms: string[] = [];
  await context.exposeBinding('alarm', ({ page }, what: string) => void alarms.push(`${page.url()}: ${what}`));
  await context.addInitScript(() => {
    const { alarm } = window as unknown as { alarm: (what: string) => void };
    Object.assign(window, { ran: (number: number) => alarm(`ran ${number}`) });
    document.addEventListener('securitypolicyviolation', (event) =>
      alarm(`${event.violatedDirective} stopped ${event.blockedURI || 'inline'}: ${event.sample}`),
    );
  });
  return { alarms };
}

/** A page in which all have had their chance. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
}

test('the table is large enough', () => {
  expect(new Set(INJECTIONS).size).toBeGreaterThanOrEqual(300);
});

test('a text that is put in as markup is seen, or the other tests prove nothing', async ({ people, signedIn, complaints }) => {
  complaints.expect(/Content Security Policy/);
  complaints.expect(/.*/);
  const { page } = await signedIn(await people.get('ana'), '/settings');
  const { alarms } = await watch(page.context());
  await page.reload();
  await page.evaluate((text) => (document.body.innerHTML += text), '<img src=x onerror=ran(1)>');
  await expect.poll(() => alarms.length).toBeGreaterThan(0);
  expect(alarms[0]).toContain('script-src');
});

test('what people write never runs: in messages as they arrive, in their previews and when the page is loaded', async ({
  people,
  signedIn,
}) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const client = await ana.addClient('Harbour Clinic');
  const [live, loaded] = [await ana.threadWith(ben), await ana.threadWith(ben, client)];
  for (const piece of inPieces(INJECTIONS, 16_000)) await ana.say(loaded, piece);

  const hers = await signedIn(ben, `/threads/${loaded}`);
  const { alarms } = await watch(hers.page.context());
  await hers.page.reload();
  await hers.live();
  await expect(hers.messages.getByRole('article').last()).toContainText(INJECTIONS.at(-1)!.slice(0, 40));
  await settled(hers.page);

  await hers.page.goto(`/threads/${live}`);
  await hers.live();
  // One after the other: all at once would be more than anyone may say in a row.
  for (const text of INJECTIONS) await ana.say(live, text);
  await ana.say(live, INJECTIONS.at(-1)!);
  await expect(hers.message(INJECTIONS.at(-1)!).last()).toBeVisible();
  await settled(hers.page);
  expect(alarms).toEqual([]);
});

test('names of people and clients never run, nor references and notes', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const [references, notes] = [within(40), inPieces(INJECTIONS, 2000)];
  const names = within(80);
  const clients: string[] = [];
  for (const [number, name] of names.entries()) {
    clients.push(
      await ana.addClient(name, references[number % references.length], notes[number] ?? ''),
    );
  }
  const thread = await ana.threadWith(ben, clients[0]);
  const desk = await signedIn(ben, `/threads/${thread}`);
  const { page } = desk;
  const { alarms } = await watch(page.context());
  await page.reload();
  await desk.live();

  for (const name of names) await ana.rename(name);
  await expect(desk.threads).toContainText(names.at(-1)!);
  await page.reload();
  await desk.live();

  // Each note once, as the page comes from the server.
  for (const client of clients.slice(0, notes.length)) {
    await page.goto(`/clients/${client}`);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  }
  // And every name and reference, as the page itself puts them in.
  await page.goto('/clients');
  await desk.live();
  const search = page.getByRole('searchbox', { name: 'Search clients' });
  const list = page.getByRole('list', { name: 'Clients' });
  for (const part of ['script', 'img', 'svg', 'iframe', 'details', 'input', 'a ', 'form', 'object', 'style', 'body', 'mouse', '&lt;', '%3C', 'u003c', '&#60;', '\uff1c', '--', '}}', '{{', '$', ']]', '</t']) {
    await search.fill(part);
    await expect(list.or(page.getByText('No clients found'))).toBeVisible();
  }
  await page.goto('/people');
  await desk.live();
  await settled(page);
  expect(alarms).toEqual([]);
});

test('what is typed into a field never runs, nor what an address says', async ({ people, signedIn, complaints }) => {
  // Pages that are not there, and fields that are refused.
  complaints.expect(/status of (401|404|422|429)/);
  const desk = await signedIn(await people.get('ben'), '/people');
  const { page } = desk;
  const { alarms } = await watch(page.context());
  for (const path of ['/people', '/clients']) {
    await page.goto(path);
    await desk.live();
    const field = page.getByRole('main').getByRole('searchbox');
    for (const text of within(100)) await field.fill(text);
    await settled(page);
  }
  const thread = await (await people.get('ben')).threadWith(await people.get('ana'));
  await page.goto(`/threads/${thread}`);
  await desk.live();
  for (const text of INJECTIONS) await desk.field.fill(text);
  await desk.field.fill('');
  for (const text of INJECTIONS.filter((_, number) => number % 40 === 0)) {
    await page.goto(`/${encodeURIComponent(text)}?q=${encodeURIComponent(text)}#${encodeURIComponent(text)}`);
    await settled(page);
  }
  await page.context().clearCookies();
  await page.goto('/sign-in');
  await desk.hydrated();
  const name = page.getByLabel('Username');
  for (const text of INJECTIONS) await name.fill(text);
  await page.getByLabel('Password', { exact: true }).fill('correct horse battery');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert').first()).toBeVisible();
  await settled(page);
  expect(alarms).toEqual([]);
});

/** Ways in which markup may hold a text. */
const MARKUP: ((text: string) => string)[] = [
  (text) => `**${text}**`,
  (text) => `*${text}* ~~${text}~~`,
  (text) => `[${text}](https://example.org)`,
  (text) => `[here](${text.replace(/\s/g, '')})`,
  (text) => `[here](javascript:${text.replace(/\s/g, '')})`,
  (text) => `\`${text}\``,
  (text) => `> ${text}`,
  (text) => `- ${text}\n1. ${text}`,
  (text) => `\`\`\`${text}\n${text}\n\`\`\``,
  (text) => `https://example.org/${text} @ana${text}`,
];

test('nor does it inside markup, in quotes, beside mentions, or where it is about to be forwarded', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  const texts = INJECTIONS.map((text, number) => MARKUP[number % MARKUP.length]!(text));
  const pieces = inPieces(texts, 16_000);
  for (const piece of pieces) await ana.say(thread, piece);
  const short = texts.filter((text) => text.length < 120).slice(0, 12);
  for (const text of short) await ben.say(thread, text);
  for (let number = 0; number < short.length; number++) await ana.say(thread, '@ana @ben', pieces.length + 1 + number);
  const desk = await signedIn(ben, `/threads/${thread}`);
  const { alarms } = await watch(desk.page.context());
  await desk.page.reload();
  await desk.live();
  await expect(desk.messages.locator('.quote')).toHaveCount(short.length);
  for (const name of within(80).slice(0, 20)) {
    await ana.rename(name);
    await expect(desk.threads).toContainText(name);
  }
  for (const link of await desk.messages.getByRole('link').all()) {
    expect(await link.getAttribute('href')).toMatch(/^(https?|mailto):/);
  }
  const message = desk.messages.locator(`[data-seq="${pieces.length + short.length}"]`);
  await message.hover();
  await message.getByRole('button', { name: 'Actions for this message' }).click();
  await message.getByRole('button', { name: 'Forward', exact: true }).click();
  const dialog = desk.page.getByRole('dialog', { name: 'Forward message' });
  for (const text of within(60).slice(0, 40)) await dialog.getByRole('searchbox').fill(text);
  await desk.page.keyboard.press('Escape');
  await desk.field.press('Control+ArrowUp');
  await settled(desk.page);
  expect(alarms).toEqual([]);
});
