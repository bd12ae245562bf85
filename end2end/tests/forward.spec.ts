import { readFile } from 'node:fs/promises';
import { file, png } from '../support/files';
import { expect, test } from '../support/test';

const PLAN = '%PDF-1.7\n% the plan\n';

test('a message is forwarded to threads that are searched for, and says that it was, but not by whom it was said', async ({ people, signedIn }) => {
  const [ana, ben, chidi, dara] = [await people.get('ana'), await people.get('ben'), await people.get('chidi'), await people.get('dara')];
  const from = await ben.threadWith(ana);
  const to = await ana.threadWith(chidi);
  await ana.threadWith(dara);
  await ben.say(from, 'The **lease** ends in May.');
  const hers = await signedIn(ana, `/threads/${from}`);
  const message = hers.messages.getByRole('article').filter({ hasText: 'The lease' });
  await message.hover();
  await message.getByRole('button', { name: 'Actions for this message' }).click();
  await message.getByRole('button', { name: 'Forward', exact: true }).click();
  const dialog = hers.page.getByRole('dialog', { name: 'Forward message' });
  await expect(dialog).toContainText('The lease ends in May.');
  await expect(dialog.getByRole('checkbox')).toHaveCount(3);
  const send = dialog.getByRole('button', { name: 'Forward' });
  await expect(send).toBeDisabled();
  await dialog.getByRole('searchbox').fill('nobody');
  await expect(dialog.getByRole('status')).toContainText('No thread');
  await dialog.getByRole('searchbox').fill('chid');
  await dialog.getByRole('checkbox', { name: chidi.name }).check();
  await send.click();
  await expect(dialog).toBeHidden();
  await expect(hers.page).toHaveURL(new RegExp(`/threads/${to}$`));

  const his = await signedIn(chidi, `/threads/${to}`);
  const arrived = his.messages.getByRole('article').filter({ hasText: 'The lease ends in May.' });
  await expect(arrived).toContainText('Forwarded');
  await expect(arrived.locator('strong')).toHaveText('lease');
  await expect(arrived).not.toContainText(ben.name);
  const elsewhere = await signedIn(dara);
  await expect(elsewhere.page.getByText('lease')).toHaveCount(0);
});

test('text and link are copied, and the link leads to the message', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  await ana.say(thread, 'Copy **me**.');
  for (let number = 0; number < 60; number++) await (number % 2 ? ana : ben).say(thread, `Line ${number}.`);
  const hers = await signedIn(ana, `/threads/${thread}?at=1`, { permissions: ['clipboard-read', 'clipboard-write'] });
  const message = hers.messages.getByRole('article').filter({ hasText: 'Copy me.' });
  const act = async (name: string) => {
    await message.hover();
    await message.getByRole('button', { name: 'Actions for this message' }).click();
    await message.getByRole('button', { name, exact: true }).click();
  };
  const copied = () => hers.page.evaluate(() => navigator.clipboard.readText());
  await act('Copy text');
  await expect(hers.page.getByText('Text copied.')).toBeVisible();
  expect(await copied()).toBe('Copy **me**.');
  await act('Copy link');
  await expect(hers.page.getByText('Link copied.')).toBeVisible();
  const link = await copied();
  expect(link).toMatch(new RegExp(`/threads/${thread}\\?at=1$`));

  const his = await signedIn(ben, new URL(link).pathname + new URL(link).search);
  await expect(his.messages.getByRole('article').filter({ hasText: 'Copy me.' })).toBeInViewport();
});

test('a message is forwarded with its files, which stay when the first one is deleted', async ({ people, signedIn }) => {
  const [ana, ben, chidi] = [await people.get('ana'), await people.get('ben'), await people.get('chidi')];
  const from = await ana.threadWith(ben);
  const to = await ana.threadWith(chidi);
  const hers = await signedIn(ana, `/threads/${from}`);
  await hers.page.getByLabel('Files to attach').setInputFiles([png('site.png', 400, 300, [20, 90, 140])]);
  await hers.say('The site.');
  const message = hers.messages.getByRole('article').filter({ hasText: 'The site.' });
  await expect(message.getByRole('img', { name: 'Photo: site.png' })).toBeVisible();
  const act = async (name: string) => {
    await message.hover();
    await message.getByRole('button', { name: 'Actions for this message' }).click();
    await message.getByRole('button', { name, exact: true }).click();
  };
  await act('Forward');
  const dialog = hers.page.getByRole('dialog', { name: 'Forward message' });
  await expect(dialog).toContainText('Photo: The site.');
  await dialog.getByRole('checkbox', { name: chidi.name }).check();
  await dialog.getByRole('button', { name: 'Forward' }).click();
  await expect(hers.page).toHaveURL(new RegExp(`/threads/${to}$`));
  await expect(message.getByRole('img', { name: 'Photo: site.png' })).toBeVisible();

  await hers.row(ben.name).getByRole('link').click();
  await act('Delete');
  await hers.page.getByRole('button', { name: 'Delete for everyone' }).click();
  await expect(message).toHaveCount(0);
  const his = await signedIn(chidi, `/threads/${to}`);
  const arrived = his.messages.getByRole('article').filter({ hasText: 'The site.' });
  await expect(arrived).toContainText('Forwarded');
  const photo = arrived.locator('.picture img');
  await expect.poll(() => photo.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBeGreaterThan(0);
});

test('a file is forwarded to several threads at once, and arrives once in each', async ({ people, signedIn }) => {
  const [ana, ben, chidi, dara] = [await people.get('ana'), await people.get('ben'), await people.get('chidi'), await people.get('dara')];
  const from = await ana.threadWith(ben);
  const targets = [await ana.threadWith(chidi), await ana.threadWith(dara)];
  const hers = await signedIn(ana, `/threads/${from}`);
  await hers.page.getByLabel('Files to attach').setInputFiles([file('plan.pdf', PLAN)]);
  await hers.say('The plan.');
  const message = hers.messages.getByRole('article').filter({ hasText: 'The plan.' });
  await expect(message.getByRole('link', { name: /plan\.pdf/ })).toBeVisible();
  await message.hover();
  await message.getByRole('button', { name: 'Actions for this message' }).click();
  await message.getByRole('button', { name: 'Forward', exact: true }).click();
  const dialog = hers.page.getByRole('dialog', { name: 'Forward message' });
  for (const { name } of [ben, chidi, dara]) await dialog.getByRole('checkbox', { name }).check();
  await dialog.getByRole('checkbox', { name: ben.name }).uncheck();
  await dialog.getByRole('button', { name: 'Forward to 2' }).click();
  await expect(dialog).toBeHidden();
  await expect(hers.page.getByText('Forwarded to 2 threads.')).toBeVisible();
  await expect(hers.page).toHaveURL(new RegExp(`/threads/${from}$`));

  for (const [n, other] of [chidi, dara].entries()) {
    const theirs = await signedIn(other, `/threads/${targets[n]}`);
    const arrived = theirs.messages.getByRole('article');
    await expect(arrived).toContainText('Forwarded');
    await expect(arrived).toHaveCount(1);
    const [download] = await Promise.all([
      theirs.page.waitForEvent('download'),
      arrived.getByRole('link', { name: /plan\.pdf/ }).click(),
    ]);
    expect(await readFile(await download.path(), 'utf8')).toBe(PLAN);
  }
  await expect(hers.messages.getByRole('article')).toHaveCount(1);
});
