import { expect, test } from '../support/test';

test('a message is sent, then delivered, then read', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const path = `/threads/${await ana.threadWith(ben)}`;
  const hers = await signedIn(ana, path);

  await hers.say('Have you seen this?');
  await expect(hers.progress('Have you seen this?')).toHaveAccessibleName('Sent');

  const his = await signedIn(ben);
  await expect(hers.progress('Have you seen this?')).toHaveAccessibleName('Delivered');

  await his.row(ana.name).getByRole('link').click();
  await expect(his.message('Have you seen this?')).toBeVisible();
  await expect(hers.progress('Have you seen this?')).toHaveAccessibleName('Read');
});

test('unread counts rise in the row and the title, and fall in every tab when read in one', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  const first = await signedIn(ana);
  const second = await first.newTab('/');

  await ben.say(thread, 'One.');
  await ben.say(thread, 'Two.');
  for (const desk of [first, second]) {
    await expect(desk.unread(ben.name)).toHaveText(/2/);
    await expect(desk.page).toHaveTitle(/^\(2\)/);
  }

  await first.page.bringToFront();
  await first.row(ben.name).getByRole('link').click();
  await expect(first.message('Two.')).toBeVisible();

  for (const desk of [first, second]) {
    await expect(desk.unread(ben.name)).toHaveCount(0);
    await expect(desk.page).not.toHaveTitle(/^\(/);
  }
});

test('one never has unread messages of one’s own', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  const hers = await signedIn(ana);

  await ana.say(thread, 'From another device.');

  await expect(hers.row(ben.name)).toContainText('From another device.');
  await expect(hers.unread(ben.name)).toHaveCount(0);
});
