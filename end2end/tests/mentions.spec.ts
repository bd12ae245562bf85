import { expect, test } from '../support/test';

test('a name is completed while it is written, and counts for whom it names', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  const [hers, his] = [await signedIn(ana, `/threads/${thread}`), await signedIn(ben)];
  await hers.field.pressSequentially('Could you look, @be');
  const offers = hers.page.getByRole('listbox', { name: 'Members to mention' });
  await expect(offers.getByRole('option', { name: ben.name })).toHaveAttribute('aria-selected', 'true');
  await expect(hers.field).toHaveAttribute('aria-activedescendant', /offer-0/);
  await hers.field.press('Enter');
  await expect(hers.field).toHaveValue('Could you look, @ben ');
  await hers.field.press('Enter');

  const message = hers.messages.getByRole('article').filter({ hasText: 'Could you look' });
  await expect(message.getByText(`@${ben.name}`)).toBeVisible();
  await expect(his.row(ana.name).getByText(/mention/)).toBeAttached();
  await his.row(ana.name).getByRole('link').click();
  await expect(his.messages.locator('.mention.mine')).toHaveText(`@${ben.name}`);
  await expect(his.row(ana.name).getByText(/mention/)).toHaveCount(0);
});

test('Escape leaves a name as it is written, and oneself is not offered', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  const hers = await signedIn(ana, `/threads/${thread}`);
  await hers.field.pressSequentially('@b');
  const offers = hers.page.getByRole('listbox', { name: 'Members to mention' });
  await expect(offers).toBeVisible();
  await hers.field.press('Escape');
  await expect(offers).toBeHidden();
  await expect(hers.field).toHaveValue('@b');
  await hers.field.fill('');
  await hers.field.pressSequentially('@ana');
  await expect(offers).toBeHidden();
});

test('a name in code, or of somebody who is no member, mentions nobody', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  await people.get('dara');
  const thread = await ana.threadWith(ben);
  const his = await signedIn(ben);
  await ana.say(thread, '`@ben` and @dara');
  await expect(his.unread(ana.name)).toBeVisible();
  await expect(his.row(ana.name).getByText(/mention/)).toHaveCount(0);
});
