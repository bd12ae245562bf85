import AxeBuilder from '@axe-core/playwright';
import type { Desk } from '../support/desk';
import { expect, test } from '../support/test';

function box(desk: Desk) {
  return desk.page.getByRole('searchbox', { name: 'Search messages' });
}

function hits(desk: Desk) {
  return desk.page.getByRole('list', { name: 'Messages found' }).getByRole('listitem');
}

test('what was said is found by a part of it and shown in its thread, and one goes from hit to hit', async ({ people, signedIn }) => {
  const [ana, ben, chidi] = [await people.get('ana'), await people.get('ben'), await people.get('chidi')];
  const [withBen, withChidi] = [await ana.threadWith(ben), await ana.threadWith(chidi)];
  await ben.say(withBen, 'The first appointment is at nine.');
  for (let n = 1; n <= 60; n += 1) await ana.say(withBen, `Something else, number ${n}.`);
  await chidi.say(withChidi, "Don't forget the appointment.");

  const desk = await signedIn(ana, `/threads/${withChidi}`);
  await desk.page.keyboard.press('Control+k');
  await expect(box(desk)).toBeFocused();
  await box(desk).fill('pointm');
  await expect(hits(desk)).toHaveCount(2);
  await expect(hits(desk).first()).toContainText("Don't forget the appointment.");
  await expect(hits(desk).first().locator('mark')).toHaveText('pointm');
  await expect(desk.page.getByRole('status').filter({ hasText: /^2 messages$/ })).toBeVisible();

  await box(desk).press('ArrowDown');
  await desk.page.keyboard.press('ArrowDown');
  await desk.page.keyboard.press('Enter');
  await expect(desk.page).toHaveURL(new RegExp(`/threads/${withBen}\\?at=1$`));
  await expect(desk.message('The first appointment is at nine.')).toBeInViewport();
  const bar = desk.page.getByRole('group', { name: 'Hits of the search' });
  await expect(bar).toContainText('Hit 2 of 2');
  await expect(bar.getByRole('button', { name: 'Older hit' })).toBeDisabled();
  await bar.getByRole('button', { name: 'Newer hit' }).click();
  await expect(desk.message("Don't forget the appointment.")).toBeInViewport();
  await expect(bar).toContainText('Hit 1 of 2');

  await desk.page.keyboard.press('Control+k');
  await expect(box(desk)).toBeFocused();
  await desk.page.keyboard.press('Escape');
  await expect(box(desk)).toBeHidden();
  await expect(desk.threads).toBeVisible();
});

test('filters are offered while they are written, and nobody finds what is said elsewhere', async ({ people, signedIn }) => {
  const [ana, ben, chidi] = [await people.get('ana'), await people.get('ben'), await people.get('chidi')];
  const [withBen, withChidi] = [await ana.threadWith(ben), await ana.threadWith(chidi)];
  await ana.say(withBen, 'A room on the ground floor.');
  await ben.say(withBen, 'Any room will do: 50% of C++.');
  await ana.say(withChidi, 'No room is free, 会議 is at noon.');

  const desk = await signedIn(ana);
  await desk.page.keyboard.press('/');
  await box(desk).fill('room from:');
  await desk.page.getByRole('button', { name: ben.name }).click();
  await expect(box(desk)).toHaveValue('room from:ben ');
  await expect(hits(desk)).toHaveCount(1);
  await box(desk).fill('in:"Chidi Eze" room');
  await expect(hits(desk)).toHaveText([/No room is free/]);
  for (const [text, said] of [['50%', /50%/], ['C++', /C\+\+/], ['会議', /会議/], ['"ground floor"', /ground floor/]] as const) {
    await box(desk).fill(text);
    await expect(hits(desk)).toHaveText([said]);
  }
  await box(desk).fill('%_');
  await expect(desk.page.getByText("Punctuation alone can't be searched for.")).toBeVisible();
  await box(desk).fill('from:zoe x');
  await expect(desk.page.getByText('Nobody is called “zoe”.')).toBeVisible();
  await box(desk).fill('quartz');
  await expect(desk.page.getByText('Nothing found')).toBeVisible();

  const his = await signedIn(chidi, '/search?q=room');
  await expect(hits(his)).toHaveText([/No room is free/]);
});

test('a search waits for the connection, and a deleted message is not found', async ({ complaints, people, signedIn }) => {
  complaints.expect(/ERR_INTERNET_DISCONNECTED/);
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  await ana.say(thread, 'Meant for somebody else.');
  const desk = await signedIn(ben, '/search');
  await desk.page.context().setOffline(true);
  await desk.page.evaluate(() => window.dispatchEvent(new Event('offline')));
  await expect(desk.banner).toBeVisible({ timeout: 60_000 });
  await box(desk).fill('somebody');
  await expect(desk.page.getByText('You are offline')).toBeVisible();
  await desk.page.context().setOffline(false);
  await expect(hits(desk)).toHaveCount(1, { timeout: 60_000 });

  const hers = await signedIn(ana, `/threads/${thread}`);
  const ours = hers.messages.getByRole('article').filter({ hasText: 'Meant for somebody else.' });
  await ours.hover();
  await ours.getByRole('button', { name: 'Actions for this message' }).click();
  await ours.getByRole('button', { name: 'Delete', exact: true }).click();
  await ours.getByRole('button', { name: 'Delete for everyone' }).click();
  await expect(hers.message('Message deleted')).toBeVisible();
  await box(desk).fill('somebod');
  await expect(desk.page.getByText('Nothing found')).toBeVisible();
});

test('on a phone the search is a page, and back leads to it again', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  await ben.say(thread, 'The blue folder is upstairs.');
  const phone = await signedIn(ana, '/', { viewport: { width: 390, height: 844 } });
  await phone.page.getByRole('link', { name: 'Search messages' }).click();
  await expect(phone.page).toHaveURL(/\/search$/);
  await expect(box(phone)).toBeFocused();
  await box(phone).fill('folder');
  const found = await new AxeBuilder({ page: phone.page }).analyze();
  expect(found.violations).toEqual([]);
  await hits(phone).first().getByRole('link').click();
  await expect(phone.message('The blue folder is upstairs.')).toBeInViewport();
  await expect(box(phone)).toBeHidden();
  await phone.page.getByRole('button', { name: 'Results' }).click();
  await expect(box(phone)).toBeVisible();
  await expect(hits(phone)).toHaveCount(1);
});

test('a thread is shown from a day that is chosen', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  await ben.say(thread, 'The very first one.');
  for (let n = 1; n <= 60; n += 1) await ben.say(thread, `Something else, number ${n}.`);
  const desk = await signedIn(ana, `/threads/${thread}`);
  await desk.page.getByRole('button', { name: 'Jump to a day' }).click();
  const day = desk.page.getByLabel('Show messages from');
  await expect(day).toBeFocused();
  await day.fill('2020-01-01');
  await desk.page.getByRole('button', { name: 'Show', exact: true }).click();
  await expect(desk.message('The very first one.')).toBeInViewport();
  await expect(day).toBeHidden();
  await desk.messages.getByRole('button', { name: 'Today' }).first().click();
  await expect(day).toBeFocused();
  await day.press('Escape');
  await expect(day).toBeHidden();
});
