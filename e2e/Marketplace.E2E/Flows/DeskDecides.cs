using Marketplace.E2E.Hosting;
using Marketplace.E2E.Pages;
using Microsoft.Playwright;

namespace Marketplace.E2E.Flows;

/// <summary>The network desk: who may trade, and what the whole network does.</summary>
[Collection(SellerFlows.Name)]
public sealed class DeskDecides(RunningPortal portal) : Flow(portal)
{
    private const string Desk = "desk@demo.example";

    [BrowserFact]
    public Task A_center_signs_up_is_approved_and_trades() =>
        PlayAsync(async () =>
        {
            string name = Fresh("Qilian");
            string email = $"{name}@example.test".ToLowerInvariant();
            Visitor newcomer = await ArriveAsync();
            var signUp = new SignUpPage(newcomer);
            await signUp.SignUpAsync("Ma Rui", email, name, "Center");
            await signUp.ConfirmByMailAsync(email);
            await newcomer.SeesTextAsync(newcomer.Words["AccountText", "SignIn.Done.confirmed"]);
            Visitor desk = await SignedInAsync(Desk);
            var parties = new PartiesPage(desk);
            await parties.SearchAsync(name);
            await Assertions.Expect(parties.Row(name)).ToContainTextAsync(desk.Words["AdminText", "PartyState.Pending"]);
            await desk.PageIsSoundAsync();
            await parties.ApproveAsync(name, "Visited the site");
            await Assertions.Expect(parties.Row(name)).ToContainTextAsync(desk.Words["AdminText", "PartyState.Approved"]);
            await desk.PageIsSoundAsync();
            Visitor back = await SignedInAsync(email);
            await back.OpenAsync("/center/clusters");
            await Visitor.SeesAsync(back.Panel(back.Words["ClustersText", "Connect"]));
            await back.PageIsSoundAsync();
            // Somebody else's pages stay shut.
            await back.Page.GotoAsync("/admin/parties");
            await back.SeesTextAsync(back.Words["LayoutText", "Refused.Title"]);
        });

    [BrowserFact]
    public Task A_bank_statement_is_imported_and_its_money_finds_its_customer() =>
        PlayAsync(async () =>
        {
            string name = Fresh("Payer");
            Visitor customer = await ArriveAsync();
            await new SignUpPage(customer).SignUpAsync("Zhao Min", $"{name}@example.test".ToLowerInvariant(), name, "Customer");
            Visitor desk = await SignedInAsync(Desk, locale: "zh-CN");
            var bank = new BankPage(desk);
            await bank.OpenAsync();
            await bank.ImportAsync(
                $"account,reference,booked_on,amount,currency,counterparty\n6222,{name}-1,2026-11-05,880,CNY,{name}\n6222,{name}-2,2026-11-05,-12,CNY,{name}\n"
            );
            await Visitor.SeesAsync(bank.Row(name + "-2"));
            await desk.SpeaksItsLanguageAsync();
            await desk.PageIsSoundAsync();
            await bank.AssignAsync(name + "-1", name);
            await bank.DismissAsync(name + "-2", "手续费");
            await Assertions.Expect(bank.Row(name)).ToHaveCountAsync(0);
            await customer.OpenAsync("/payments");
            await customer.SeesTextAsync("880.00");
        });

    [BrowserTheory]
    [InlineData("zh-CN")]
    public Task The_desk_sees_every_order_contract_posting_and_cluster(string locale) =>
        PlayAsync(
            async () =>
            {
                Visitor desk = await SignedInAsync(Desk, locale: locale);
                await desk.OpenAsync("/admin/orders?q=vision-pretrain-r7");
                await Visitor.SeesAsync(
                    desk.Page.GetByRole(AriaRole.Row).Filter(new LocatorFilterOptions { HasText = "vision-pretrain-r7" })
                );
                await SoundAsync();
                await desk.OpenAsync("/admin/contracts?q=vision-pretrain-r7");
                var contract = desk.Page.GetByRole(AriaRole.Row).Filter(new LocatorFilterOptions { HasText = "vision-pretrain-r7" });
                await Assertions.Expect(contract).ToContainTextAsync(desk.Words["WordsText", "Contract.Active"]);
                await SoundAsync();
                await desk.OpenAsync("/admin/ledger");
                await Visitor.SeesAsync(desk.Page.GetByRole(AriaRole.Row).Nth(1));
                await SoundAsync();
                await desk.OpenAsync("/admin/health");
                await Visitor.SeesAsync(desk.Page.GetByRole(AriaRole.Main).GetByText(desk.Words["AdminText", "Books.Balanced"]));
                await SoundAsync();

                async Task SoundAsync()
                {
                    await desk.SpeaksItsLanguageAsync();
                    await desk.PageIsSoundAsync();
                }
            },
            nameof(The_desk_sees_every_order_contract_posting_and_cluster) + "." + locale
        );

    [BrowserFact]
    public Task A_session_that_is_ended_elsewhere_is_out() =>
        PlayAsync(async () =>
        {
            string name = Fresh("Session");
            string email = $"{name}@example.test".ToLowerInvariant();
            Visitor first = await ArriveAsync();
            await new SignUpPage(first).SignUpAsync("Lin Ke", email, name, "Customer");
            Visitor second = await SignedInAsync(email);
            await second.OpenAsync("/orders");
            await first.OpenAsync("/account");
            await first.Button(first.Words["AccountText", "Session.EndOthers"]).ClickAsync();
            await first.SeesTextAsync(first.Words["AccountText", "Account.Saved.sessions"]);
            await second.Page.GotoAsync("/orders");
            await Visitor.SeesAsync(second.Heading(second.Words["AccountText", "SignIn.Title"]));
            await first.OpenAsync("/orders");
            await Visitor.SeesAsync(first.Heading(first.Words["OrderText", "Orders"]));
        });
}
