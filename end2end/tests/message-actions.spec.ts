import { expect, test } from '../support/test';

test('a reaction appears on both screens and can be joined and left', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  const [hers, his] = [await signedIn(ana, `/threads/${thread}`), await signedIn(ben, `/threads/${thread}`)];
  await hers.say('The contract is signed.');
  const theirs = his.messages.getByRole('article').filter({ hasText: 'The contract is signed.' });

  await theirs.hover();
  await theirs.getByRole('button', { name: 'Actions for this message' }).click();
  await theirs.getByRole('button', { name: 'React with 🎉' }).click();

  const ours = hers.messages.getByRole('article').filter({ hasText: 'The contract is signed.' });
  const chip = ours.getByRole('button', { name: `🎉: ${ben.name}` });
  await expect(chip).toHaveAttribute('aria-pressed', 'false');
  await chip.click();
  await expect(theirs.getByRole('button', { name: `🎉: You and ${ana.name}` })).toHaveAttribute('aria-pressed', 'true');

  await theirs.getByRole('button', { name: '🎉:' }).click();
  await expect(ours.getByRole('button', { name: '🎉: You' })).toHaveAttribute('aria-pressed', 'true');
});

test("one's own message can be edited, by keyboard too, and the other sees that it was", async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  const [hers, his] = [await signedIn(ana, `/threads/${thread}`), await signedIn(ben, `/threads/${thread}`)];
  await hers.say('See you at tne.');
  await expect(his.message('See you at tne.')).toBeVisible();
  const ours = hers.messages.getByRole('article').filter({ hasText: 'See you at' });

  await ours.getByRole('button', { name: 'Actions for this message' }).focus();
  await hers.page.keyboard.press('Enter');
  await ours.getByRole('button', { name: 'Edit' }).press('Enter');
  const field = ours.getByRole('textbox', { name: 'Edit message' });
  await expect(field).toBeFocused();
  await field.fill('See you at ten.');
  await field.press('Enter');

  await expect(his.message('See you at ten.')).toBeVisible();
  await expect(his.messages.getByRole('article').filter({ hasText: 'See you at ten.' })).toContainText('edited');
  await expect(field).toBeHidden();
});

test('what is deleted is gone from both screens, and after a reload', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  const [hers, his] = [await signedIn(ana, `/threads/${thread}`), await signedIn(ben, `/threads/${thread}`)];
  await hers.say('Meant for somebody else.');
  await expect(his.message('Meant for somebody else.')).toBeVisible();
  const ours = hers.messages.getByRole('article').filter({ hasText: 'Meant for somebody else.' });

  await ours.hover();
  await ours.getByRole('button', { name: 'Actions for this message' }).click();
  await ours.getByRole('button', { name: 'Delete', exact: true }).click();
  await ours.getByRole('button', { name: 'Delete for everyone' }).click();

  await expect(his.message('Message deleted')).toBeVisible();
  await expect(his.message('Meant for somebody else.')).toBeHidden();
  await his.page.reload();
  await expect(his.message('Message deleted')).toBeVisible();
  await expect(his.page.getByText('Meant for somebody else.')).toHaveCount(0);
});

test("somebody else's message offers neither", async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  await ana.say(thread, 'Mine alone.');
  const his = await signedIn(ben, `/threads/${thread}`);
  const theirs = his.messages.getByRole('article').filter({ hasText: 'Mine alone.' });
  await theirs.hover();
  const opener = theirs.getByRole('button', { name: 'Actions for this message' });
  await opener.click();
  await expect(theirs.getByRole('button', { name: 'React with 👍' })).toBeVisible();
  await expect(theirs.getByRole('button', { name: 'Edit' })).toHaveCount(0);
  await his.page.keyboard.press('Escape');
  await expect(theirs.getByRole('button', { name: 'React with 👍' })).toBeHidden();
  await expect(opener).toBeFocused();
});

test('on a phone the actions of every message fit on the screen', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  await ana.say(thread, 'Before.');
  await ana.say(thread, 'A message of mine that is long enough to be as wide as a message can be.');
  await ben.say(thread, 'And one of somebody else, which is as wide, so that nothing has room beside it.');
  const hers = await signedIn(ana, `/threads/${thread}`);
  const width = 390;
  await hers.page.setViewportSize({ width, height: 844 });
  for (const text of ['A message of mine', 'somebody else']) {
    const message = hers.messages.getByRole('article').filter({ hasText: text });
    await message.getByRole('button', { name: 'Actions for this message' }).click();
    const box = await message.getByRole('group', { name: 'Actions' }).boundingBox();
    expect(box!.x).toBeGreaterThanOrEqual(0);
    expect(box!.x + box!.width).toBeLessThanOrEqual(width);
    await hers.page.keyboard.press('Escape');
  }
});
