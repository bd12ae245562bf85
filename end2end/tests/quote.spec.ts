import type { Locator } from '@playwright/test';
import type { Desk } from '../support/desk';
import { expect, test } from '../support/test';

function said(desk: Desk, text: string): Locator {
  return desk.messages.getByRole('article').filter({ hasText: text });
}

async function choose(desk: Desk, text: string, entry: string): Promise<void> {
  const message = said(desk, text).first();
  await message.hover();
  await message.getByRole('button', { name: 'Actions for this message' }).click();
  await message.getByRole('button', { name: entry, exact: true }).click();
}

test('a reply quotes what it answers on both screens, and follows what becomes of it', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  const [hers, his] = [await signedIn(ana, `/threads/${thread}`), await signedIn(ben, `/threads/${thread}`)];
  await hers.say('Shall we meet at tne?');
  await choose(his, 'Shall we meet', 'Reply');
  await expect(his.field).toBeFocused();
  const bar = his.page.getByRole('group', { name: 'Replying to' });
  await expect(bar).toContainText(ana.name);
  await expect(bar).toContainText('Shall we meet at tne?');
  await his.say('Gladly.');
  await expect(bar).toBeHidden();

  const quote = said(hers, 'Gladly.').getByRole('button', { name: 'Shall we meet' });
  await expect(quote).toContainText('You');
  await expect(said(his, 'Gladly.').getByRole('button', { name: 'Shall we meet' })).toContainText(ana.name);

  await choose(hers, 'Shall we meet', 'Edit');
  const field = said(hers, 'Shall we meet').first().getByRole('textbox', { name: 'Edit message' });
  await field.fill('Shall we meet at ten?');
  await field.press('Enter');
  await expect(said(his, 'Gladly.').getByRole('button', { name: 'Shall we meet at ten?' })).toBeVisible();
  await choose(hers, 'Shall we meet', 'Delete');
  await hers.page.getByRole('button', { name: 'Delete for everyone' }).click();
  for (const desk of [hers, his]) {
    await expect(said(desk, 'Gladly.').getByRole('button', { name: 'Message deleted' })).toBeVisible();
    await expect(desk.page.getByText('Shall we meet')).toHaveCount(0);
  }
});

test('a quote of a message far away is looked up without moving, and leads there and back', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  await ana.say(thread, 'The first word.');
  for (let number = 0; number < 110; number++) await (number % 2 ? ana : ben).say(thread, `Line ${number}.`);
  await ana.say(thread, 'About the beginning.', 1);
  const his = await signedIn(ben, `/threads/${thread}`);
  const quote = said(his, 'About the beginning.').getByRole('button', { name: 'The first word.' });
  await expect(quote).toBeInViewport();
  await expect(his.message('The first word.').and(his.page.locator('.body'))).toHaveCount(0);

  await quote.click();
  const first = said(his, 'The first word.').first();
  await expect(first).toBeInViewport();
  await expect(first).toHaveAttribute('data-sought');
  await his.page.goBack();
  await expect(said(his, 'About the beginning.')).toBeInViewport();
});

test('replies are written by keyboard, taken back by Escape, and sent once the connection is back', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  await ana.say(thread, 'One.');
  await ana.say(thread, 'Two.');
  const his = await signedIn(ben, `/threads/${thread}`);
  const bar = his.page.getByRole('group', { name: 'Replying to' });
  await his.field.press('Control+ArrowUp');
  await expect(bar).toContainText('Two.');
  await his.field.press('Control+ArrowUp');
  await expect(bar).toContainText('One.');
  await his.field.press('Escape');
  await expect(bar).toBeHidden();

  await his.field.press('Control+ArrowUp');
  await his.page.reload();
  await his.live();
  await expect(bar, 'it is part of the draft').toContainText('Two.');
  await his.page.context().setOffline(true);
  await his.say('To the second, without a network.');
  await expect(said(his, 'without a network').getByRole('button', { name: 'Two.' })).toBeVisible();
  await his.page.context().setOffline(false);
  const hers = await signedIn(ana, `/threads/${thread}`);
  await expect(said(hers, 'without a network').getByRole('button', { name: 'Two.' })).toBeVisible();
});
