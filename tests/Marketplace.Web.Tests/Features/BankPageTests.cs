using System.Text;
using Bunit;
using Marketplace.Billing.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Web.Components.Features.Admin.Bank;
using Marketplace.Web.Tests.Hosting;
using Microsoft.AspNetCore.Components.Forms;

namespace Marketplace.Web.Tests.Features;

/// <summary>The desk imports a statement, says whose money the rest is, and transfers refunds.</summary>
public sealed class BankPageTests(TransferHost host) : PageContext(host), IClassFixture<TransferHost>
{
    private const string Head = "account,reference,booked_on,amount,currency,counterparty,details\n";
    private const string Account = "DE89370400440532013000";

    [Theory]
    [InlineData("en", "Entries that are new: 2. Booked: 1.")]
    [InlineData("zh-Hans", "新条目：2。已入账：1。")]
    public async Task A_statement_is_imported_and_what_it_explains_is_booked(string culture, string says)
    {
        Speak(culture);
        string customer = await CustomerAsync("Payer");
        PaymentView waiting = await AskAsync(customer);
        string tag = $"S{culture}";
        var page = await OpenAsync();
        Upload(
            page,
            $"{Head}{Account},{tag}-1,2030-01-05,25,CNY,Payer,{waiting.TransferReference}\n{Account},{tag}-2,2030-01-05,9,CNY,张三,无附言\n"
        );
        await page.WaitForAssertionAsync(() => Assert.Contains(says, page.Markup, StringComparison.Ordinal));
        Assert.Equal(Money.From(25, Currency.Cny), await CreditAsync(customer));
        // What is booked is not in the way; what is not, is.
        await page.WaitForAssertionAsync(() => Assert.Contains(tag + "-2", page.Markup, StringComparison.Ordinal));
        Assert.DoesNotContain(tag + "-1", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_statement_is_refused_with_what_is_wrong()
    {
        Speak("zh-Hans");
        var page = await OpenAsync();
        Upload(page, Head + $"{Account},R,yesterday,9,CNY,,\n");
        await page.WaitForAssertionAsync(() =>
            Assert.Contains("第 2 行：booked_on 列不是形如 2030-01-31 的日期。", page.Markup, StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_file_in_the_encoding_of_chinese_banks_is_read()
    {
        var page = await OpenAsync();
        byte[] bytes = CodePagesEncodingProvider
            .Instance.GetEncoding("gb18030")!
            .GetBytes(Head + $"{Account},GB-1,2030-01-05,9,CNY,杭州西湖字幕,充值\n");
        Upload(page, bytes);
        await page.WaitForAssertionAsync(() => Assert.Contains("杭州西湖字幕", page.Markup, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_desk_says_whose_money_it_is_and_dismisses_the_rest()
    {
        string customer = await CustomerAsync("Aaa Forgetful");
        var page = await OpenAsync();
        Upload(page, $"{Head}{Account},W-1,2030-01-05,12.5,CNY,Forgetful,\n{Account},W-2,2030-01-05,-3,CNY,Bank,Fee\n");
        await PressAsync(page, "Credit a customer: W-1");
        await page.WaitForAssertionAsync(() =>
            Assert.Contains("Aaa Forgetful", page.Find("dialog select").TextContent, StringComparison.Ordinal)
        );
        await page.InvokeAsync(() => page.Find("dialog select").Change(customer));
        await ConfirmAsync(page);
        Assert.Equal(Money.From(12.5m, Currency.Cny), await CreditAsync(customer));
        // Money that went out is nobody's credit.
        Assert.DoesNotContain(page.FindAll("button"), b => b.GetAttribute("aria-label") == "Credit a customer: W-2");
        await PressAsync(page, "Dismiss: W-2");
        await page.WaitForAssertionAsync(() => Assert.NotEmpty(page.FindAll("dialog")));
        await PressAsync(page, () => page.FindAll("dialog button").Last());
        await page.WaitForAssertionAsync(() =>
            Assert.Contains("The reason is missing or too long.", page.Find("dialog").TextContent, StringComparison.Ordinal)
        );
        await page.InvokeAsync(() => page.Find("dialog input").Change("Account fee"));
        await ConfirmAsync(page);
        await page.WaitForAssertionAsync(() => Assert.DoesNotContain("W-2", page.Markup, StringComparison.Ordinal));
        Navigation.NavigateTo("/admin/bank?state=dismissed");
        await PressAsync(Render<BankPage>(), "Reopen: W-2");
        await page.WaitForAssertionAsync(() => Assert.Contains("W-2", page.Markup, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_desk_transfers_a_refund_and_says_so()
    {
        string customer = await CustomerAsync("Bbb Refunded");
        PaymentView paid = PortalHost.Must(
            await Host.ActAsync<ITransfers, Outcome<PaymentView>>(
                new Actor("org_desk", PartyKinds.Platform, MemberRole.Owner),
                t => t.RecordAsync(customer, Money.From(40, Currency.Cny), "IN-R", "in-r", default)
            )
        );
        var refund = PortalHost.Must(
            await Host.ActAsync<IRefunds, Outcome<RefundView>>(
                Customer(customer),
                r => r.RequestAsync(new RefundRequest(paid.Id, 40, "Project ended"), "back", default)
            )
        );
        var page = await OpenAsync();
        await page.WaitForAssertionAsync(() => Assert.Contains(refund.TransferReference!, page.Markup, StringComparison.Ordinal));
        await PressAsync(page, $"Transferred: {refund.Id}");
        await page.WaitForAssertionAsync(() => Assert.NotEmpty(page.FindAll("dialog")));
        await page.InvokeAsync(() => page.Find("dialog input").Change("OUT-R"));
        await ConfirmAsync(page);
        await page.WaitForAssertionAsync(() => Assert.DoesNotContain(refund.TransferReference!, page.Markup, StringComparison.Ordinal));
        Assert.Equal(
            RefundState.Succeeded,
            (await Host.ActAsync<IRefunds, RefundView?>(Customer(customer), r => r.FindAsync(refund.Id, default)))!.State
        );
    }

    [Fact]
    public async Task Who_may_only_look_imports_nothing()
    {
        await SignInAsync(PartyKinds.Platform, MemberRole.Viewer);
        var page = Render<BankPage>();
        await page.WaitForAssertionAsync(() => Assert.Contains("Statement entries", page.Markup, StringComparison.Ordinal));
        Assert.Empty(page.FindAll("input[type=file]"));
    }

    private async Task<IRenderedComponent<BankPage>> OpenAsync()
    {
        await SignInAsync(PartyKinds.Platform);
        var page = Render<BankPage>();
        await page.WaitForAssertionAsync(() => Assert.NotEmpty(page.FindAll("input[type=file]")));
        return page;
    }

    private static void Upload(IRenderedComponent<BankPage> page, string text) => Upload(page, Encoding.UTF8.GetBytes(text));

    private static void Upload(IRenderedComponent<BankPage> page, byte[] bytes) =>
        page.FindComponent<InputFile>().UploadFiles(InputFileContent.CreateFromBinary(bytes, "statement.csv"));

    private static async Task PressAsync(IRenderedComponent<BankPage> page, string label)
    {
        await page.WaitForAssertionAsync(() => Assert.Contains(page.FindAll("button"), b => b.GetAttribute("aria-label") == label));
        await PressAsync(page, () => page.FindAll("button").Single(b => b.GetAttribute("aria-label") == label));
    }

    private static async Task ConfirmAsync(IRenderedComponent<BankPage> page)
    {
        await PressAsync(page, () => page.FindAll("dialog button").Last());
        await page.WaitForAssertionAsync(() => Assert.Empty(page.FindAll("dialog")));
    }

    private static Actor Customer(string party) => new(party, PartyKinds.Customer, MemberRole.Owner);

    private async Task<string> CustomerAsync(string name) => (await Host.PartyAsync(name, PartyKinds.Customer)).Id;

    private async Task<PaymentView> AskAsync(string customer) =>
        PortalHost.Must(
            await Host.ActAsync<IPayments, Outcome<PaymentView>>(
                Customer(customer),
                p => p.TopUpAsync(Money.From(25, Currency.Cny), "ask", default)
            )
        );

    private async Task<Money> CreditAsync(string customer) =>
        (await Host.ActAsync<ILedger, WalletView>(Actor.System, l => l.WalletAsync(customer, Currency.Cny, default))).Available;
}
