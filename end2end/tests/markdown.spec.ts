import { expect, test } from '../support/test';

test('markup is shown as what it means, and HTML as what was typed', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  const his = await signedIn(ben, `/threads/${thread}`);
  await ana.say(thread, '**Tomorrow** at `ten`: <b>bring</b> https://example.org/plan and [this](javascript:alert(1))');

  const message = his.messages.getByRole('article').filter({ hasText: 'Tomorrow' });
  await expect(message.locator('strong')).toHaveText('Tomorrow');
  await expect(message.locator('code')).toHaveText('ten');
  await expect(message).toContainText('<b>bring</b>');
  const link = message.getByRole('link');
  await expect(link).toHaveCount(1);
  await expect(link).toHaveAttribute('href', 'https://example.org/plan');
  await expect(link).toHaveAttribute('rel', /noopener/);
  await expect(his.row(ana.name)).toContainText('Tomorrow at ten');
});
