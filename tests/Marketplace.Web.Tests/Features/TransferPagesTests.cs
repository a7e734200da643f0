using Bunit;
using Marketplace.Billing.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Web.Components.Features.Payments;
using Marketplace.Web.Tests.Hosting;

namespace Marketplace.Web.Tests.Features;

/// <summary>A portal without a card processor: money comes by bank transfer.</summary>
public sealed class TransferHost : PortalHost
{
    protected override IEnumerable<KeyValuePair<string, string?>> Settings =>
        [
            new("Billing:BankTransfer:BookAtOnce", "false"),
            new("Billing:BankTransfer:AccountHolder", "Compute Network Ltd."),
            new("Billing:BankTransfer:AccountNumber", "DE89 3704 0044 0532 0130 00"),
        ];
}

/// <summary>What the customer is told to transfer, and how the desk books it.</summary>
public sealed class TransferPagesTests(TransferHost host) : PageContext(host), IClassFixture<TransferHost>
{
    [Theory]
    [InlineData("en", "Waits for the bank transfer", "Reference to write on it")]
    [InlineData("zh-Hans", "等待银行转账", "转账附言")]
    public async Task A_top_up_says_where_to_transfer_to_and_adds_nothing_yet(string culture, string waits, string reference)
    {
        Speak(culture);
        string customer = await SignInAsync(PartyKinds.Customer);
        Navigation.NavigateTo("/payments?topup=1");
        var page = Render<PaymentsPage>();
        await page.WaitForAssertionAsync(() => Assert.NotEmpty(page.FindAll("dialog")));
        await PressAsync(page, () => page.FindAll("dialog button").Last());
        await page.WaitForAssertionAsync(() => Assert.Contains(waits, page.Markup, StringComparison.Ordinal));
        PaymentView payment = Assert.Single(await PaymentsAsync(customer));
        await page.WaitForAssertionAsync(() => Assert.Contains(reference, page.Markup, StringComparison.Ordinal));
        Assert.Contains("DE89 3704 0044 0532 0130 00", page.Markup, StringComparison.Ordinal);
        Assert.Contains(payment.TransferReference!, page.Markup, StringComparison.Ordinal);
        Assert.EndsWith($"transfer={payment.Id}", Navigation.Uri, StringComparison.Ordinal);
        Assert.Equal(Money.Zero(Currency.Cny), await CreditAsync(customer));
    }

    [Fact]
    public async Task The_desk_books_what_has_arrived_and_only_once()
    {
        string customer = (await Host.PartyAsync("Payer", PartyKinds.Customer)).Id;
        PaymentView first = await AskAsync(customer, "k1");
        PaymentView second = await AskAsync(customer, "k2");
        await SignInAsync(PartyKinds.Platform);
        var page = Render<AdminPaymentsPage>();
        await page.WaitForAssertionAsync(() => Assert.Contains(first.Id, page.Markup, StringComparison.Ordinal));
        await ArrivedAsync(page, first, "STMT-7");
        await page.WaitForAssertionAsync(() => Assert.Empty(page.FindAll("dialog")));
        Assert.Equal(Money.From(25, Currency.Cny), await CreditAsync(customer));

        await ArrivedAsync(page, second, "STMT-7");
        await page.WaitForAssertionAsync(() =>
            Assert.Contains($"The transfer STMT-7 is booked already, as payment {first.Id}.", page.Markup, StringComparison.Ordinal)
        );
        Assert.Equal(Money.From(25, Currency.Cny), await CreditAsync(customer));
    }

    [Fact]
    public async Task The_desk_records_what_nobody_announced()
    {
        string customer = (await Host.PartyAsync("Aaa Unannounced", PartyKinds.Customer)).Id;
        await SignInAsync(PartyKinds.Platform);
        var page = Render<AdminPaymentsPage>();
        await page.WaitForAssertionAsync(() =>
            Assert.Contains(page.FindAll("button"), b => b.TextContent.Contains("Record a transfer", StringComparison.Ordinal))
        );
        await PressAsync(
            page,
            () => page.FindAll("button").First(b => b.TextContent.Contains("Record a transfer", StringComparison.Ordinal))
        );
        await page.WaitForAssertionAsync(() =>
            Assert.Contains("Aaa Unannounced", page.Find("dialog select").TextContent, StringComparison.Ordinal)
        );
        await page.InvokeAsync(() => page.FindAll("dialog select")[0].Change(customer));
        await page.InvokeAsync(() => page.FindAll("dialog input")[0].Change("12.5"));
        await page.InvokeAsync(() => page.FindAll("dialog input")[^1].Change("STMT-U"));
        await PressAsync(page, () => page.FindAll("dialog button").Last());
        await page.WaitForAssertionAsync(() => Assert.Empty(page.FindAll("dialog")));
        Assert.Equal(Money.From(12.5m, Currency.Cny), await CreditAsync(customer));
    }

    private static async Task ArrivedAsync(IRenderedComponent<AdminPaymentsPage> page, PaymentView payment, string reference)
    {
        await PressAsync(page, () => page.FindAll("tbody button").Single(b => b.GetAttribute("aria-label") == $"Arrived: {payment.Id}"));
        await page.WaitForAssertionAsync(() => Assert.NotEmpty(page.FindAll("dialog")));
        await page.InvokeAsync(() => page.Find("dialog input").Change(reference));
        await PressAsync(page, () => page.FindAll("dialog button").Last());
    }

    private static Actor Customer(string party) => new(party, PartyKinds.Customer, MemberRole.Owner);

    private async Task<PaymentView> AskAsync(string customer, string key) =>
        PortalHost.Must(
            await Host.ActAsync<IPayments, Outcome<PaymentView>>(
                Customer(customer),
                p => p.TopUpAsync(Money.From(25, Currency.Cny), key, default)
            )
        );

    private async Task<IReadOnlyList<PaymentView>> PaymentsAsync(string customer) =>
        (await Host.ActAsync<IPayments, Page<PaymentView>>(Customer(customer), p => p.ListAsync(new(), default))).Items;

    private async Task<Money> CreditAsync(string customer) =>
        (await Host.ActAsync<ILedger, WalletView>(Actor.System, l => l.WalletAsync(customer, Currency.Cny, default))).Available;
}
